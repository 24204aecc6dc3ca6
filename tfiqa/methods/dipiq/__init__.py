"""dipIQ: learns to rank images that full-reference measures agree on, without scores.

Ma, Liu, Liu, Wang & Tao, "dipIQ: blind image quality assessment by learning-to-rank
discriminable image pairs", IEEE Transactions on Image Processing 2017.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.codebook import IMAGES
from tfiqa.methods.dipiq.training import RECIPES
from tfiqa.methods.dipiq.training import Config
from tfiqa.methods.dipiq.training import check
from tfiqa.methods.dipiq.training import train

METHOD = Method(
    name="dipiq",
    summary="Ranks pairs of images that full-reference measures agree on.",
    config=Config,
    recipes={"paper": {}, **RECIPES},
    check=check,
    train=train,
    images=IMAGES,
    needs_images=True,
)
