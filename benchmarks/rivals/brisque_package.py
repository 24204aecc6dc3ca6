"""BRISQUE of the package `brisque`."""

import numpy as np
import timing
from brisque import BRISQUE
from PIL import Image


def prepare(path):
    scorer = BRISQUE(url=False)
    image = np.asarray(Image.open(path).convert("RGB"))
    return lambda: scorer.score(img=image)


timing.report(prepare)
