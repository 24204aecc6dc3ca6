"""CORNIA: a codebook of patches learned without scores, and a linear regression.

Ye, Kumar, Kang & Doermann, "Unsupervised feature learning framework for no-reference
image quality assessment", CVPR 2012.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.codebook import IMAGES
from tfiqa.methods.codebook import check
from tfiqa.methods.cornia.training import RECIPES
from tfiqa.methods.cornia.training import Config
from tfiqa.methods.cornia.training import train

METHOD = Method(
    name="cornia",
    summary="A codebook of patches, soft codes and linear support vector regression.",
    config=Config,
    recipes={"paper": {}, **RECIPES},
    check=check,
    train=train,
    images=IMAGES,
)
