"""Synthetic distortions: the 25 types of KADID-10k at five levels each."""

from tfiqa.distortions.bank import DISTORTIONS as DISTORTIONS
from tfiqa.distortions.bank import LEVELS as LEVELS
from tfiqa.distortions.bank import Distortion as Distortion
from tfiqa.distortions.banks import BANKS as BANKS
from tfiqa.distortions.dbcnn import DBCNN as DBCNN
from tfiqa.distortions.dispatch import distort as distort
from tfiqa.distortions.dispatch import distort_in_sequence as distort_in_sequence
from tfiqa.distortions.frame import stretch as stretch
from tfiqa.distortions.reiqa import REIQA_RELEASED as REIQA_RELEASED
from tfiqa.distortions.waterloo import WATERLOO as WATERLOO
