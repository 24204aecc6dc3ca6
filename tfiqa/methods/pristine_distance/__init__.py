"""Pristine distance: any encoder as a scorer that needs no scores.

The features of a picture's patches are compared with those of pristine patches, both
as Gaussians. With an encoder of another method these are the rows "CONTRIQUE*" of the
literature's tables of opinion-unaware quality; `contentsep` learns an encoder for it.
"""

from tfiqa.methods.pristine_distance.training import IMAGES as IMAGES
from tfiqa.methods.pristine_distance.training import NEEDS_IMAGES as NEEDS_IMAGES
from tfiqa.methods.pristine_distance.training import QUICK as QUICK
from tfiqa.methods.pristine_distance.training import Config as Config
from tfiqa.methods.pristine_distance.training import check as check
from tfiqa.methods.pristine_distance.training import train as train
