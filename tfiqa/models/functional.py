"""Functional models that are saved as their constructor's arguments."""

from collections.abc import Mapping
from typing import Any

import keras


class FunctionalModel(keras.Model):
    """A functional model with a class, saved as its keyword arguments.

    Args:
        inputs: The symbolic input.
        outputs: The symbolic output.
        arguments: Arguments of the subclass that build the same model, without weights.
        **kwargs: See `keras.Model`.
    """

    def __init__(self, inputs, outputs, arguments: Mapping[str, Any], **kwargs):
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        self.arguments = dict(arguments)

    def get_config(self):
        return {"name": self.name, "trainable": self.trainable, **self.arguments}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        return cls(**config)
