"""Scorers without scores: how far the patches of a picture are from pristine ones."""

from tfiqa.pristine.distance import BATCH as BATCH
from tfiqa.pristine.distance import UNIT as UNIT
from tfiqa.pristine.distance import Scoring as Scoring
from tfiqa.pristine.distance import check as check
from tfiqa.pristine.distance import distance_scorer as distance_scorer
from tfiqa.pristine.distance import pristine_features as pristine_features
