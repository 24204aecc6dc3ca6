"""NIQE of the package `scikit-video`, which takes luminance."""

import numpy as np
import skvideo.measure
import timing
from PIL import Image


def prepare(path):
    image = np.asarray(Image.open(path).convert("L"))
    return lambda: skvideo.measure.niqe(image)


timing.report(prepare)
