"""DB-CNN: a network for content and one for distortions, joined by bilinear pooling.

Zhang et al., "Blind image quality assessment using a deep bilinear convolutional neural
network", IEEE TCSVT 2020. `tfiqa.models.DBCNN` and `tfiqa.models.SCNN` are the
networks; here `batches` prepares distorted images for the second one, `training` holds
the recipe, `checkpoint` the layouts of the authors' released weights.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.db_cnn.checkpoint import convert
from tfiqa.methods.db_cnn.checkpoint import read
from tfiqa.methods.db_cnn.config import IMAGES
from tfiqa.methods.db_cnn.config import QUICK
from tfiqa.methods.db_cnn.config import RELEASED
from tfiqa.methods.db_cnn.config import Config
from tfiqa.methods.db_cnn.training import check
from tfiqa.methods.db_cnn.training import train

METHOD = Method(
    name="db_cnn",
    summary="Networks for content and for distortions, joined by bilinear pooling.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, **RELEASED},
    check=check,
    train=train,
    by_epochs=True,
    images=IMAGES,
    read_checkpoint=read,
    convert=convert,
    next_flags="--method db_cnn --dataset NAME",
)
