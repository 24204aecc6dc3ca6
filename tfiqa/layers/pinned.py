"""Settings of Keras that the models of this package must not depend on."""

import contextlib
from collections.abc import Iterator

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
