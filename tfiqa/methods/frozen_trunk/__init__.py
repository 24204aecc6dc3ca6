"""A trained head on a frozen trunk: quality of photographs, and order of distortions.

The trunk is a network for ImageNet that is not trained further. Statistics of its maps
are the features of an image. A small ensemble learns the MOS of photographs and, from
scenes and their distorted versions, that a severer distortion never scores higher.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.frozen_trunk.config import QUICK
from tfiqa.methods.frozen_trunk.config import Config
from tfiqa.methods.frozen_trunk.training import check
from tfiqa.methods.frozen_trunk.training import train

METHOD = Method(
    name="frozen_trunk",
    summary="A small ensemble on statistics of a frozen trunk, which also learns the "
    "order of distorted versions.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK},
    check=check,
    train=train,
    images="stream:textured_leaves/256/60,stream:cel/256/40",
)
