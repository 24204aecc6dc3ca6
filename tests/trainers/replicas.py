"""Compares one training step of HyperIQA on two replicas with one on one device.

Run as a program, since devices must be set before TensorFlow starts. It prints a JSON
object: for batch normalisation synchronized or not, the largest difference between the
updates of a variable, relative to its largest update, over all variables.
"""

import keras
import numpy as np

from tests.trainers import two_replicas
from tfiqa import backbones
from tfiqa.methods import hyperiqa
from tfiqa.models import HyperIQA

CONFIG = hyperiqa.Config(
    **{**hyperiqa.QUICK, "crop_size": 64, "hidden": (8, 4), "content_length": 64}
)
RNG = np.random.default_rng(0)
CROPS = (
    RNG.uniform(0, 255, (4, 64, 64, 3)) * np.linspace(0.2, 1, 4)[:, None, None, None]
)
LABELS = RNG.normal(size=(4, 1))


def updates(strategy, start, *, synchronized):
    """Returns what one step changes; see `two_replicas.step`."""
    with strategy.scope():
        trainee = HyperIQA(**CONFIG.network)
        trainee.compile(keras.optimizers.SGD(0.1), loss="mean_absolute_error")
    backbones.synchronize(trainee, across_replicas=synchronized)
    return two_replicas.step(trainee, (CROPS, LABELS), start)


if __name__ == "__main__":
    two_replicas.compare_synchronized(updates)
