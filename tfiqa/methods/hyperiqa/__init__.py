"""HyperIQA: a hyper network writes the weights of a small quality network, per picture.

Su et al., "Blindly Assess Image Quality in the Wild Guided by a Self-Adaptive Hyper
Network", CVPR 2020. `tfiqa.models.HyperIQA` is the network; here `training` holds the
recipe, `checkpoint` the layout of the authors' released weights.
"""

from tfiqa.methods.hyperiqa.checkpoint import convert as convert
from tfiqa.methods.hyperiqa.config import ABLATION as ABLATION
from tfiqa.methods.hyperiqa.config import QUICK as QUICK
from tfiqa.methods.hyperiqa.config import RELEASED as RELEASED
from tfiqa.methods.hyperiqa.config import Config as Config
from tfiqa.methods.hyperiqa.training import check as check
from tfiqa.methods.hyperiqa.training import train as train
