"""Re-IQA: one encoder of quality and one of content, by momentum contrast.

Saha et al., "Re-IQA: unsupervised learning for image quality assessment in the wild",
CVPR 2023. `tfiqa.models.ReIQA` is the network; here `training` holds the recipe,
`checkpoint` the layout of the authors' released weights, `batches` and the files beside
it the pictures.
"""

from tfiqa.methods.reiqa.checkpoint import convert as convert
from tfiqa.methods.reiqa.config import ENCODERS as ENCODERS
from tfiqa.methods.reiqa.config import IMAGES as IMAGES
from tfiqa.methods.reiqa.config import QUICK as QUICK
from tfiqa.methods.reiqa.config import RELEASED as RELEASED
from tfiqa.methods.reiqa.config import Config as Config
from tfiqa.methods.reiqa.training import check as check
from tfiqa.methods.reiqa.training import joined_encoder as joined_encoder
from tfiqa.methods.reiqa.training import train as train

# The content expert learns from them as well, in the place of the training rows.
IMAGES_SUFFICE = True
