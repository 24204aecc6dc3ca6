"""Settings of Keras that the models of this package do not depend on."""

import contextlib
from collections.abc import Iterator

import keras


@contextlib.contextmanager
def channels_last() -> Iterator[None]:
    """Makes layers that are built or called meanwhile take channels last.

    Layers ask for `keras.config.image_data_format()` when they are made, those of
    saved files among them; `Rescaling` asks when it is called.
    """
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_image_data_format(before)
