"""NIQE: natural scene statistics, compared with those of pristine images.

It learns nothing from scores (Mittal, Soundararajan & Bovik, "Making a completely
blind image quality analyzer", IEEE Signal Processing Letters 2013). Sharp blocks of
pristine images give the mean and the covariance that an image is compared with.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.niqe.training import FEATURES as FEATURES
from tfiqa.methods.niqe.training import IMAGES
from tfiqa.methods.niqe.training import NOMINAL as NOMINAL
from tfiqa.methods.niqe.training import QUICK
from tfiqa.methods.niqe.training import RELEASED
from tfiqa.methods.niqe.training import Config
from tfiqa.methods.niqe.training import check
from tfiqa.methods.niqe.training import convert
from tfiqa.methods.niqe.training import train

METHOD = Method(
    name="niqe",
    summary="Statistics of natural scenes, compared with those of pristine images.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, **RELEASED},
    check=check,
    train=train,
    images=IMAGES,
    convert=convert,
)
