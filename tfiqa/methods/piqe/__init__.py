"""PIQE: artifacts and noise in the active blocks of an image; it learns nothing.

Venkatanath, Praneeth, Chandrasekhar, Channappayya & Medasani, "Blind image quality
evaluation using perception based features", NCC 2015.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.piqe.training import Config
from tfiqa.methods.piqe.training import check
from tfiqa.methods.piqe.training import train

METHOD = Method(
    name="piqe",
    summary="Artifacts and noise in the active blocks of an image.",
    config=Config,
    recipes={"paper": {}, "quick": {}},
    check=check,
    train=train,
)
