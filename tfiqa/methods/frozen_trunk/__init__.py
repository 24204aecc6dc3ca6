"""A frozen trunk and a head of our own: quality of photographs that also behaves.

The trunk is a network for ImageNet that stays as it is. A picture is described by
statistics of its maps; a small ensemble learns the MOS of photographs from these and,
from scenes and their distorted versions, that a severer distortion never scores higher.
"""

from tfiqa.methods.frozen_trunk.config import QUICK as QUICK
from tfiqa.methods.frozen_trunk.config import Config as Config
from tfiqa.methods.frozen_trunk.training import check as check
from tfiqa.methods.frozen_trunk.training import train as train

# Scenes without distortions; photographs of the training rows are added to them.
IMAGES = "stream:textured_leaves/320/60,stream:cel/320/40"
