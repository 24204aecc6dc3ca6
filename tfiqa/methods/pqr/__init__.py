"""PQR and SQR: a network predicts the quality of patches, as a distribution or a score.

In a probabilistic quality representation (PQR), a score becomes a distribution over a
few anchors. A network learns the distributions of random patches; a linear regression
maps its predictions back to scores. A scalar quality representation (SQR) is the same
network with one output, which learns the score (Zeng, Zhang & Bovik, "A probabilistic
quality representation approach to deep blind image quality prediction",
arXiv:1708.08190, 2017).
"""

from tfiqa.methods.base import Method
from tfiqa.methods.pqr.config import RECIPES
from tfiqa.methods.pqr.config import Config
from tfiqa.methods.pqr.training import check
from tfiqa.methods.pqr.training import train

METHOD = Method(
    name="pqr",
    summary="A network predicts a distribution of quality over anchors for patches.",
    config=Config,
    recipes={"paper": {}, **RECIPES},
    check=check,
    train=train,
    by_epochs=True,
)
