"""WaDIQaM-NR (deepIQA): the quality of small patches, averaged with learned weights.

Bosse et al., "Deep Neural Networks for No-Reference and Full-Reference Image Quality
Assessment", IEEE TIP 2018. `tfiqa.models.WaDIQaM` is the network; here `training` holds
the recipe, `checkpoint` the layouts of released weights.
"""

from tfiqa.methods.base import Method
from tfiqa.methods.wadiqam.checkpoint import convert
from tfiqa.methods.wadiqam.checkpoint import read_checkpoint
from tfiqa.methods.wadiqam.config import QUICK
from tfiqa.methods.wadiqam.config import VARIANTS
from tfiqa.methods.wadiqam.config import Config
from tfiqa.methods.wadiqam.training import check
from tfiqa.methods.wadiqam.training import train

METHOD = Method(
    name="wadiqam",
    summary="The quality of patches of 32 pixels, averaged with learned weights.",
    config=Config,
    recipes={"paper": {}, "quick": QUICK, **VARIANTS},
    check=check,
    train=train,
    by_epochs=True,
    read_checkpoint=read_checkpoint,
    convert=convert,
)
