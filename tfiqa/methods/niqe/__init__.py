"""NIQE: natural scene statistics, compared with those of pristine pictures.

Nothing is learned from scores (Mittal, Soundararajan & Bovik, "Making a completely
blind image quality analyzer", IEEE Signal Processing Letters 2013). Sharp blocks of
pristine pictures give the mean and the covariance that a picture is compared with.
"""

from tfiqa.methods.niqe.training import FEATURES as FEATURES
from tfiqa.methods.niqe.training import IMAGES as IMAGES
from tfiqa.methods.niqe.training import NOMINAL as NOMINAL
from tfiqa.methods.niqe.training import QUICK as QUICK
from tfiqa.methods.niqe.training import RELEASED as RELEASED
from tfiqa.methods.niqe.training import Config as Config
from tfiqa.methods.niqe.training import check as check
from tfiqa.methods.niqe.training import convert as convert
from tfiqa.methods.niqe.training import train as train
