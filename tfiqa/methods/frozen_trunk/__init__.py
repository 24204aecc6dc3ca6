"""A frozen trunk and a head of our own: quality of photographs that also behaves.

The trunk is a network for ImageNet that stays as it is. An image is described by
statistics of its maps; a small ensemble learns the MOS of photographs from these and,
from scenes and their distorted versions, that a severer distortion never scores higher.
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
