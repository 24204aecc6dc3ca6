"""CONTRIQUE: an encoder that learns to tell distortions apart, without any score.

Madhusudana et al., "Image Quality Assessment using Contrastive Learning", IEEE TIP
2022. `tfiqa.models.CONTRIQUE` is the network; here `views` and the files beside it hold
the pictures, `training` the recipe, `checkpoint` the layout of the authors' released
weights.
"""

from tfiqa.methods.contrique.checkpoint import convert as convert
from tfiqa.methods.contrique.config import AUTHENTIC_IMAGES as AUTHENTIC_IMAGES
from tfiqa.methods.contrique.config import IMAGES as IMAGES
from tfiqa.methods.contrique.config import QUICK as QUICK
from tfiqa.methods.contrique.config import RELEASED as RELEASED
from tfiqa.methods.contrique.config import Config as Config
from tfiqa.methods.contrique.regressors import with_regressor as with_regressor
from tfiqa.methods.contrique.training import check as check
from tfiqa.methods.contrique.training import train as train
