"""MUSIQ: a transformer on the patches of an image at multiple scales.

Ke et al., "MUSIQ: Multi-scale Image Quality Transformer", ICCV 2021.
`tfiqa.models.MUSIQ` is the network; here `training` holds the recipe, `checkpoint` the
layout of the authors' released weights.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.musiq.checkpoint import convert
from tfiqa.methods.musiq.config import QUICK
from tfiqa.methods.musiq.config import RELEASED
from tfiqa.methods.musiq.config import Config
from tfiqa.methods.musiq.training import check
from tfiqa.methods.musiq.training import train

METHOD = Method(
    name="musiq",
    summary="A transformer on the patches of an image at multiple scales.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, **RELEASED},
    check=check,
    train=train,
    by_epochs=True,
    convert=convert,
    # The network that was trained on ImageNet becomes an encoder.
    next_flags="--method pristine_distance --images FOLDER",
)
