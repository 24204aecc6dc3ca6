"""CONTRIQUE: an encoder that learns to distinguish distortions, without any score.

Madhusudana et al., "Image Quality Assessment using Contrastive Learning", IEEE TIP
2022. `tfiqa.models.CONTRIQUE` is the network; here `views` and `batches` prepare the
images, `training` holds the recipe, `checkpoint` the layout of the authors' released
weights.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.contrique.checkpoint import convert
from tfiqa.methods.contrique.config import AUTHENTIC_IMAGES
from tfiqa.methods.contrique.config import IMAGES
from tfiqa.methods.contrique.config import QUICK
from tfiqa.methods.contrique.config import RELEASED
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.regressors import with_regressor
from tfiqa.methods.contrique.sheet import draw_views
from tfiqa.methods.contrique.training import check
from tfiqa.methods.contrique.training import train

METHOD = Method(
    name="contrique",
    summary="An encoder learns to distinguish distortions; a ridge maps it to scores.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, **RELEASED},
    check=check,
    train=train,
    augments=True,
    images=IMAGES,
    authentic_images=AUTHENTIC_IMAGES,
    convert=convert,
    with_regressor=with_regressor,
    next_flags="--method contrique --dataset NAME",
    sheets={"views": draw_views},
)
