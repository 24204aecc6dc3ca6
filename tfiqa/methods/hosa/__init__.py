"""HOSA: statistics of patches near the words of a small codebook, and a regression.

Xu, Ye, Li, Du, Liu & Doermann, "Blind image quality assessment based on high order
statistics aggregation", IEEE Transactions on Image Processing 2016.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.codebook import IMAGES
from tfiqa.methods.codebook import check
from tfiqa.methods.hosa.training import RECIPES
from tfiqa.methods.hosa.training import Config
from tfiqa.methods.hosa.training import train

METHOD = Method(
    name="hosa",
    summary="High order statistics of patches near codewords and linear regression.",
    config=Config,
    recipes={"paper": {}, **RECIPES},
    check=check,
    train=train,
    images=IMAGES,
)
