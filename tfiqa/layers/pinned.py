"""Settings of Keras that the models of this package must not depend on."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras


@contextlib.contextmanager
def channels_last() -> Iterator[None]:
    """Makes layers that are built or called within use channels last.

    Layers read `keras.config.image_data_format()` when they are created, also when a
    file is loaded; `Rescaling` reads it when it is called.
    """
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_image_data_format(before)


@contextlib.contextmanager
def usual_settings() -> Iterator[None]:
    """Sets the default settings of Keras for layers, within a `with` block.

    Channels are last, and layers without a dtype of their own compute in float32.
    """
    policy: Any = keras.config.dtype_policy()
    floatx = keras.config.floatx()
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    try:
        with channels_last():
            yield
    finally:
        keras.config.set_dtype_policy(policy)
        keras.config.set_floatx(floatx)
