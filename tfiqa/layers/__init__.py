"""Keras layers, one idea a file; they run on every backend of Keras."""

from tfiqa.layers.hyper_dense import HyperDense as HyperDense
from tfiqa.layers.local_distortion import LocalDistortion as LocalDistortion
from tfiqa.layers.mos import MOS as MOS
from tfiqa.layers.patch_mean import COVERAGES as COVERAGES
from tfiqa.layers.patch_mean import PatchMean as PatchMean
from tfiqa.layers.pillow_resize import PillowResize as PillowResize
