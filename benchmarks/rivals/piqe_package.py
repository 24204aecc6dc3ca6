"""PIQE of the package `pypiqe`."""

import numpy as np
import timing
from PIL import Image
from pypiqe import piqe


def prepare(path):
    image = np.asarray(Image.open(path).convert("RGB"))
    return lambda: piqe(image)


timing.report(prepare)
