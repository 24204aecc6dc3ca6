"""GM-LOG: joint statistics of gradients and of a Laplacian, and a regression.

Xue, Mou, Zhang, Bovik & Feng, "Blind image quality assessment using joint statistics of
gradient magnitude and Laplacian features", IEEE Transactions on Image Processing 2014.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.gm_log.training import RECIPES
from tfiqa.methods.gm_log.training import Config
from tfiqa.methods.gm_log.training import check
from tfiqa.methods.gm_log.training import train

METHOD = Method(
    name="gm_log",
    summary="Joint statistics of gradients and Laplacian, support vector regression.",
    config=Config,
    recipes={"paper": {}, **RECIPES},
    check=check,
    train=train,
)
