"""HyperIQA: a hyper network generates a small quality network for each image.

Su et al., "Blindly Assess Image Quality in the Wild Guided by a Self-Adaptive Hyper
Network", CVPR 2020. `tfiqa.models.HyperIQA` is the network; here `training` holds the
recipe, `checkpoint` the layout of the authors' released weights.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.hyperiqa.checkpoint import convert
from tfiqa.methods.hyperiqa.config import Config
from tfiqa.methods.hyperiqa.recipes import ABLATION
from tfiqa.methods.hyperiqa.recipes import BOX
from tfiqa.methods.hyperiqa.recipes import QUICK
from tfiqa.methods.hyperiqa.recipes import RELEASED
from tfiqa.methods.hyperiqa.training import check
from tfiqa.methods.hyperiqa.training import train

METHOD = Method(
    name="hyperiqa",
    summary="A hyper network generates a small quality network for each image.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, "box": BOX, **RELEASED},
    check=check,
    train=train,
    by_epochs=True,
    convert=convert,
    ablation=ABLATION,
)
