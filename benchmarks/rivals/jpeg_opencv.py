"""JPEG decoding by OpenCV."""

import pathlib

import cv2
import numpy as np
import timing


def prepare(path):
    data = np.fromfile(pathlib.Path(path).with_suffix(".jpg"), np.uint8)
    return lambda: cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


timing.report(prepare)
