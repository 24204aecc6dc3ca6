"""Compares one step of contrast on two replicas with one on one device.

Run as a program, since devices must be set before TensorFlow starts. It prints a JSON
object: for the loss of all replicas together, and for that of each replica's own
batch, the largest difference between the updates of a variable, relative to its largest
update, over all variables.
"""

import json
import sys

import numpy as np

from tests.support import small_trunk
from tests.trainers import two_replicas
from tfiqa import backbones
from tfiqa import layers
from tfiqa.methods import contrique
from tfiqa.models import CONTRIQUE
from tfiqa.optimizers import TorchSGD

CONFIG = contrique.Config(
    **{
        **contrique.QUICK,
        "backbone": small_trunk.NAME,
        "crop_size": 64,
        "projection": 16,
    }
)
RNG = np.random.default_rng(0)
CLASSES = np.array([3, 5, 3, 130], "int32")
VIEWS = tuple(
    128 + RNG.normal(size=(4, 64, 64, 3)) * (5 + CLASSES[:, None, None, None] % 60)
    for _ in range(2)
)


def updates(strategy, start):
    """Returns what one step changes; see `two_replicas.step`."""
    with strategy.scope(), small_trunk.small_backbone():
        trainee = CONTRIQUE(**CONFIG.network).trainer(**CONFIG.contrast)
        trainee.compile(TorchSGD(0.1, momentum=0.9, l2=1e-4))
        replicas = strategy.num_replicas_in_sync
        backbones.synchronize(trainee, across_replicas=replicas > 1)
    return two_replicas.step(trainee, (VIEWS, CLASSES), start)


def main():
    one_device, mirrored = two_replicas.strategies()
    expected, start, log = updates(one_device, None)
    result, _, log_of_two = updates(mirrored, start)
    (loss,), (loss_of_two,) = log["loss"], log_of_two["loss"]
    layers.gather = lambda rows: rows
    alone, _, _ = updates(mirrored, start)
    largest = {
        "global": two_replicas.difference(result, expected),
        "loss": abs(loss_of_two - loss) / loss,
        "own batch": two_replicas.difference(alone, expected),
    }
    json.dump(largest, sys.stdout)


if __name__ == "__main__":
    main()
