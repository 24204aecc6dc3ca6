"""What this package computes, under the name in the third argument."""

import pathlib
import sys

import numpy as np
import timing
from PIL import Image


def prepare(path):
    name = sys.argv[3]
    if name == "jpeg":
        from tfiqa.data.decode import decode

        data = pathlib.Path(path).with_suffix(".jpg").read_bytes()
        return lambda: decode(data)
    image = np.asarray(Image.open(path).convert("RGB"))[None]
    run = compiled(model(name))
    return lambda: np.asarray(run(image))


def model(name):
    if name == "brisque_features":
        from tfiqa.models.brisque import brisque_features

        return brisque_features()
    if name == "hyperiqa":
        from tfiqa.models.hyperiqa import HyperIQA

        return HyperIQA().scorer(mos_range=(0, 100))
    from tfiqa.scoring.serialization import load_scorer

    return load_scorer(name)


def compiled(scorer):
    """Returns a model as one graph of uint8 images."""
    import tensorflow as tf

    from tfiqa.scoring.scorer import on_integers

    spec = tf.TensorSpec((None, None, None, 3), tf.uint8)
    return tf.function(on_integers(scorer), input_signature=[spec], autograph=False)


timing.report(prepare)
