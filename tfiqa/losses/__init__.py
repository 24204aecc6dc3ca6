"""Losses of training that Keras does not have."""

from tfiqa.losses.club import club as club
from tfiqa.losses.club import contrastive_likelihood as contrastive_likelihood
from tfiqa.losses.club import log_likelihood as log_likelihood
from tfiqa.losses.info_nce import contrast_logits as contrast_logits
from tfiqa.losses.info_nce import info_nce as info_nce
from tfiqa.losses.quality import QualityLoss as QualityLoss
from tfiqa.losses.scene_contrast import SceneContrast as SceneContrast
from tfiqa.losses.scene_contrast import scene_contrast as scene_contrast
from tfiqa.losses.simsiam import simsiam as simsiam
from tfiqa.losses.supervised_ntxent import SupervisedNTXent as SupervisedNTXent
