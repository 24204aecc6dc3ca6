"""Scorers trained without scores, by the distance of patches to pristine ones."""

from tfiqa.pristine.distance import BATCH as BATCH
from tfiqa.pristine.distance import UNIT as UNIT
from tfiqa.pristine.distance import Scoring as Scoring
from tfiqa.pristine.distance import check as check
from tfiqa.pristine.distance import distance_scorer as distance_scorer
from tfiqa.pristine.distance import pristine_features as pristine_features
from tfiqa.pristine.windows import sharp_windows as sharp_windows
from tfiqa.pristine.windows import window_scorer as window_scorer
