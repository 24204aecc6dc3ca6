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
    image = np.asarray(Image.open(path).convert("RGB"))
    if name == "hyperiqa":
        run = compiled_hyperiqa()
        return lambda: np.asarray(run(image[None]))
    if name == "brisque_features":
        from tfiqa.scoring.runtimes import brisque
        from tfiqa.scoring.runtimes.scratch import Scratch

        scratch = Scratch()
        return lambda: brisque.features(image, exact_zeros=True, scratch=scratch)
    from tfiqa.scoring.runtimes.choice import opened

    predict = opened(name).predict
    return lambda: predict(image)


def compiled_hyperiqa():
    """Returns HyperIQA with random weights as one graph of uint8 images."""
    import tensorflow as tf

    from tfiqa.models.hyperiqa import HyperIQA
    from tfiqa.scoring.scorer import on_integers

    scorer = HyperIQA().scorer(mos_range=(0, 100))
    spec = tf.TensorSpec((None, None, None, 3), tf.uint8)
    return tf.function(on_integers(scorer), input_signature=[spec], autograph=False)


timing.report(prepare)
