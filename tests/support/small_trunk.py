"""A trunk of four convolutions, where what is tested does not depend on the network."""

import contextlib
from collections.abc import Iterator
from unittest import mock

import keras

from tfiqa.backbones.trunks import BACKBONES
from tfiqa.backbones.trunks import Backbone

NAME = "small"


@contextlib.contextmanager
def small_backbone() -> Iterator[str]:
    """Adds a backbone to the table for a while; gives its name."""
    with mock.patch.dict(BACKBONES, {NAME: Backbone(_trunk, published=False)}):
        yield NAME


def _trunk(imagenet: bool) -> keras.Model:
    del imagenet  # There are no such weights.
    images = keras.Input((None, None, 3))
    x, stages = images, []
    for filters, stride in ((8, 4), (8, 2), (16, 2), (16, 2)):
        x = keras.layers.Conv2D(filters, 3, stride, "same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(momentum=0.9)(x)
        x = keras.layers.Activation("relu")(x)
        stages.append(x)
    return keras.Model(images, stages)
