"""SFA: semantic feature aggregation, and partial least squares regression.

Three aggregations of the features of a frozen ImageNet trunk over overlapping patches
describe an image (Li, Jiang, Lin & Jiang, "Which has better visual quality:
the clear blue sky or a blurry animal?", IEEE Transactions on Multimedia 2019). There is
one regression for each; the score is their weighted mean.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.sfa.config import RECIPES
from tfiqa.methods.sfa.config import Config
from tfiqa.methods.sfa.training import check
from tfiqa.methods.sfa.training import train

METHOD = Method(
    name="sfa",
    summary="Partial least squares on statistics of deep features over patches.",
    config=Config,
    recipes={"paper": {}, **RECIPES},
    check=check,
    train=train,
)
