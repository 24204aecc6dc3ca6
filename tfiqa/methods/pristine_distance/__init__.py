"""Pristine distance: any encoder as a scorer that needs no scores.

It compares the features of an image's patches with those of pristine patches, both as
Gaussians. Published tables of opinion-unaware methods mark such scorers with an
asterisk, as in "CONTRIQUE*". `contentsep` learns an encoder for this method. Instead of
an encoder of patches, it can use the maps of a trunk that is trained for other tasks.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.pristine_distance.training import IMAGES
from tfiqa.methods.pristine_distance.training import RECIPES
from tfiqa.methods.pristine_distance.training import Config
from tfiqa.methods.pristine_distance.training import check
from tfiqa.methods.pristine_distance.training import train

METHOD = Method(
    name="pristine_distance",
    summary="Any encoder as a scorer: the distance from pristine patches.",
    config=Config,
    recipes={"paper": {}, **RECIPES},
    check=check,
    train=train,
    images=IMAGES,
    needs_images=True,
)
