"""Training losses that Keras does not have."""

from tfiqa.losses.club_bound import club as club
from tfiqa.losses.club_bound import club_limit as club_limit
from tfiqa.losses.club_bound import contrastive_likelihood as contrastive_likelihood
from tfiqa.losses.club_bound import log_likelihood as log_likelihood
from tfiqa.losses.multi_label_ntxent import MultiLabelNTXent as MultiLabelNTXent
from tfiqa.losses.nce import blocked_info_nce as blocked_info_nce
from tfiqa.losses.nce import contrast_logits as contrast_logits
from tfiqa.losses.nce import info_nce as info_nce
from tfiqa.losses.quality import QualityLoss as QualityLoss
from tfiqa.losses.quality_distribution import (
    SoftLabelCrossEntropy as SoftLabelCrossEntropy,
)
from tfiqa.losses.quality_distribution import soft_labels as soft_labels
from tfiqa.losses.ranking import LevelRanking as LevelRanking
from tfiqa.losses.ranking import level_ranking as level_ranking
from tfiqa.losses.scenes import SceneContrast as SceneContrast
from tfiqa.losses.scenes import scene_contrast as scene_contrast
from tfiqa.losses.siamese import simsiam as simsiam
from tfiqa.losses.supervised_ntxent import SupervisedNTXent as SupervisedNTXent
