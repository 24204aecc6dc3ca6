"""BRISQUE: natural scene statistics of an image, and support vector regression.

36 numbers describe an image (Mittal, Moorthy & Bovik, "No-reference image quality
assessment in the spatial domain", IEEE Transactions on Image Processing 2012); the
regression is learned from scores, or read from a published model.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.brisque.published import convert
from tfiqa.methods.brisque.published import read
from tfiqa.methods.brisque.training import RECIPES
from tfiqa.methods.brisque.training import Config
from tfiqa.methods.brisque.training import check
from tfiqa.methods.brisque.training import train

METHOD = Method(
    name="brisque",
    summary="Statistics of natural scenes and support vector regression.",
    config=Config,
    recipes={"paper": {}, **RECIPES},
    check=check,
    train=train,
    convert=convert,
    read_checkpoint=read,
)
