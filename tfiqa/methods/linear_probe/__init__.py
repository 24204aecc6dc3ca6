"""Linear probe: statistics of a frozen backbone and ridge regression.

A baseline for every other method; the recipe `resnet50` is the row "ResNet-50" of
CONTRIQUE's tables. The features are
the mean and the standard deviation of each channel of the stages, at full and at half
scale; large images are processed tile by tile.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.linear_probe.training import ALPHAS as ALPHAS
from tfiqa.methods.linear_probe.training import QUICK
from tfiqa.methods.linear_probe.training import RESNET50
from tfiqa.methods.linear_probe.training import Config
from tfiqa.methods.linear_probe.training import check
from tfiqa.methods.linear_probe.training import train

METHOD = Method(
    name="linear_probe",
    summary="Ridge regression on statistics of a frozen backbone.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, "resnet50": RESNET50},
    check=check,
    train=train,
)
