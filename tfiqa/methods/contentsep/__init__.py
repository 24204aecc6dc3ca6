"""contentsep: quality without scores, learned separately from content.

"No Reference Opinion Unaware Quality Assessment of Authentically Distorted Images",
WACV 2023. An encoder first learns to distinguish the distortions of a scene. Then, on
photographs, it learns that two views agree, without encoding their content. Its scorer
compares the patches of an image with pristine ones.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.contentsep.checkpoint import convert
from tfiqa.methods.contentsep.config import Config
from tfiqa.methods.contentsep.recipes import M_SCQALE
from tfiqa.methods.contentsep.recipes import QUICK
from tfiqa.methods.contentsep.recipes import RELEASED
from tfiqa.methods.contentsep.recipes import SMALL
from tfiqa.methods.contentsep.training import check
from tfiqa.methods.contentsep.training import train

METHOD = Method(
    name="contentsep",
    summary="Quality without scores, learned separately from content.",
    config=Config,
    recipes={
        "paper": {},
        "quick": QUICK,
        "small": SMALL,
        "m_scqale": M_SCQALE,
        **RELEASED,
    },
    check=check,
    train=train,
    # Undistorted scenes, which also serve as pristine images. Images smaller than
    # scenes are mirrored.
    images={
        "paper": "stream:dead_leaves/512/16384",
        "quick": "stream:dead_leaves/256/64",
        "small": "stream:textured_leaves/256/256",
    },
    authentic_images="",  # The second stage learns from the training rows.
    needs_images=True,  # Pristine images are needed even with an encoder.
    convert=convert,
    next_flags="--method pristine_distance --images FOLDER",
)
