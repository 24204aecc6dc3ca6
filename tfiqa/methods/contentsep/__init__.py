"""contentsep: quality without scores, learned apart from content.

"No Reference Opinion Unaware Quality Assessment of Authentically Distorted Images",
WACV 2023. An encoder learns to tell distortions of a scene apart, then, on photographs,
that two views of one agree, while it must not tell what is in them. Its scorer compares
the patches of a picture with pristine ones.
"""

from tfiqa.methods.contentsep.checkpoint import convert as convert
from tfiqa.methods.contentsep.config import QUICK as QUICK
from tfiqa.methods.contentsep.config import RELEASED as RELEASED
from tfiqa.methods.contentsep.config import Config as Config
from tfiqa.methods.contentsep.training import check as check
from tfiqa.methods.contentsep.training import train as train

# Scenes without distortions, and pristine pictures, where none are named. Pictures
# smaller than scenes are mirrored.
IMAGES = {"paper": "stream:dead_leaves/512/16384", "quick": "stream:dead_leaves/256/64"}

# Of the second stage: the training rows of the dataset.
AUTHENTIC_IMAGES = ""

# Pristine pictures are compared with even if an encoder is given.
NEEDS_IMAGES = True
