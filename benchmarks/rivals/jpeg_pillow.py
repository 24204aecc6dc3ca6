"""JPEG decoding by Pillow."""

import io
import pathlib

import numpy as np
import timing
from PIL import Image


def prepare(path):
    data = pathlib.Path(path).with_suffix(".jpg").read_bytes()
    return lambda: np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


timing.report(prepare)
