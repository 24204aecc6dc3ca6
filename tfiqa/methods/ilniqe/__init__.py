"""IL-NIQE: many more statistics than NIQE, and each block compared by itself.

Nothing is learned from scores (Zhang, Zhang & Bovik, "A feature-enriched completely
blind image quality evaluator", IEEE Transactions on Image Processing 2015). Pictures
are resized to one size; normalized luminance, gradients, log-Gabor responses and
colour of sharp pristine blocks are reduced by their principal components.
"""

from tfiqa.methods.ilniqe.training import FEATURES as FEATURES
from tfiqa.methods.ilniqe.training import IMAGES as IMAGES
from tfiqa.methods.ilniqe.training import NOMINAL as NOMINAL
from tfiqa.methods.ilniqe.training import QUICK as QUICK
from tfiqa.methods.ilniqe.training import RELEASED as RELEASED
from tfiqa.methods.ilniqe.training import Config as Config
from tfiqa.methods.ilniqe.training import check as check
from tfiqa.methods.ilniqe.training import convert as convert
from tfiqa.methods.ilniqe.training import train as train
