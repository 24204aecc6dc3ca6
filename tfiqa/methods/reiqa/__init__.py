"""Re-IQA: one encoder of quality and one of content, by momentum contrast.

Saha et al., "Re-IQA: unsupervised learning for image quality assessment in the wild",
CVPR 2023. `tfiqa.models.ReIQA` is the network; here `training` holds the recipe,
`checkpoint` the layout of the authors' released weights, and `batches`, `chunks` and
`views` prepare the images.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.reiqa.checkpoint import convert
from tfiqa.methods.reiqa.config import ENCODERS
from tfiqa.methods.reiqa.config import IMAGES
from tfiqa.methods.reiqa.config import QUICK
from tfiqa.methods.reiqa.config import RELEASED
from tfiqa.methods.reiqa.config import Config
from tfiqa.methods.reiqa.sheet import draw_chunk
from tfiqa.methods.reiqa.training import check
from tfiqa.methods.reiqa.training import joined_encoder
from tfiqa.methods.reiqa.training import train

METHOD = Method(
    name="reiqa",
    summary="One encoder of quality and one of content; a ridge maps both to scores.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, **RELEASED},
    check=check,
    train=train,
    augments=True,
    images=IMAGES,
    # The content expert learns from named images too, instead of the training rows.
    images_suffice=True,
    encoders=ENCODERS,
    join_encoders=joined_encoder,
    convert=convert,
    next_flags="--method reiqa --dataset NAME",
    sheets={"chunk": draw_chunk},
)
