"""IL-NIQE: many more statistics than NIQE, and each block compared by itself.

It learns nothing from scores (Zhang, Zhang & Bovik, "A feature-enriched completely
blind image quality evaluator", IEEE Transactions on Image Processing 2015). Images
are resized to one size; normalized luminance, gradients, log-Gabor responses and
color of sharp pristine blocks are reduced by their principal components.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.ilniqe.training import FEATURES as FEATURES
from tfiqa.methods.ilniqe.training import IMAGES
from tfiqa.methods.ilniqe.training import NOMINAL as NOMINAL
from tfiqa.methods.ilniqe.training import QUICK
from tfiqa.methods.ilniqe.training import RELEASED
from tfiqa.methods.ilniqe.training import Config
from tfiqa.methods.ilniqe.training import check
from tfiqa.methods.ilniqe.training import convert
from tfiqa.methods.ilniqe.training import train

METHOD = Method(
    name="ilniqe",
    summary="Statistics of natural scenes, each block compared with pristine ones.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, **RELEASED},
    check=check,
    train=train,
    images=IMAGES,
    convert=convert,
)
