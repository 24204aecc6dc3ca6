"""Compares a step part by part on two replicas with one on one device.

Run as a program, since devices must be set before TensorFlow starts. It prints a JSON
object: for every kind of training, the largest difference between the updates of a
weight, relative to its largest update, over all weights. Parts have two rows, so that
one device has four and a replica two of them. Moving statistics are not compared: each
replica has its own.
"""

import json
import sys

import numpy as np

from tests.trainers import two_replicas
from tests.trainers.toy_trainers import TRAINERS
from tests.trainers.toy_trainers import updates


def main():
    one_device, mirrored = two_replicas.strategies()
    largest = {}
    for build in TRAINERS:
        changes = []
        for strategy in (one_device, mirrored):
            with strategy.scope():
                changes.append(trained(updates(build, micro_batch=2)[0]))
        largest[build.__name__] = two_replicas.difference(*reversed(changes))
    json.dump(largest, sys.stdout)


def trained(changes):
    """Returns the changes without those of the moving statistics."""
    kernel, gamma, beta, _, _, *dense = changes
    assert np.abs(kernel).max() > 1e-6
    return [kernel, gamma, beta, *dense]


if __name__ == "__main__":
    main()
