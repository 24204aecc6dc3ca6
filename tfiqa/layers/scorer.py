"""The model from images to scores, which computes one image after another."""

import keras
from keras import ops

from tfiqa.layers.mos import check_images
from tfiqa.layers.patches import covering_count
from tfiqa.layers.window_map import WindowMap

# Attributes of layers that change what a compiled scorer computes.
_SETTINGS = ("coverage", "at_once", "unrolled", "portable", "by_erf")


@keras.saving.register_keras_serializable(package="tfiqa")
class Scorer(keras.Model):
    """A functional model from images to scores that do not depend on their batch.

    Convolutions and matrix products round differently for each size of a batch. This
    model therefore computes each image by itself, so that its score is the same, bit
    for bit, alone or in any batch. A direct call is compiled, and needs memory for one
    image only; so does its gradient, which computes each image again. Training, with
    `training=True`, computes the batch together.

    Args:
        inputs: Symbolic images, `(batch, height, width, 3)`.
        outputs: Symbolic scores, `(batch, 1)`; those of `layers.MOS`.
        name: Name of the model.
        **kwargs: See `keras.Model`.

    Attributes:
        window: Number of images that are computed together, 1 by default. More of them
            can fill an accelerator; the last window of a batch is padded. Can be
            changed at any time; not saved.
    """

    # Keras saves a subclass with the arguments of a functional model as one.
    def __init__(self, inputs, outputs, name=None, **kwargs):
        super().__init__(inputs, outputs, name=name, **kwargs)
        self.window = 1
        self._images = WindowMap(of_any_size=True)
        self._jitted = None

    def call(self, inputs, training=None, mask=None):
        if training:
            return super().call(inputs, training=training, mask=mask)
        (images,) = keras.tree.flatten(inputs)
        images = ops.convert_to_tensor(images, dtype=self.inputs[0].dtype)
        check_images(images)
        if _is_concrete_on_jax(images):
            scores = self._in_windows_on_jax(images)
        else:
            together = super().call
            scores = self._images(
                lambda images, number: together(self._window_of(images, number)),
                images,
                self._window_count,
                (self.window, self._settings()),
                self.non_trainable_variables,
            )
        scores = ops.reshape(scores, (-1, scores.shape[-1]))
        return scores[: ops.shape(images)[0]]

    def _window_count(self, images):
        return covering_count(ops.shape(images)[0], self.window)

    def _window_of(self, images, number):
        """Returns a group of images, the last of them padded by repeating an image."""
        numbers = number * self.window + ops.arange(self.window, dtype="int32")
        numbers = ops.minimum(numbers, ops.shape(images)[0] - 1)
        return ops.take(images, numbers, axis=0)

    def _settings(self):
        """Returns what a compiled call depends on besides weights."""
        return tuple(
            (number, name, getattr(layer, name))
            for number, layer in enumerate(self.layers)
            for name in _SETTINGS
            if hasattr(layer, name)
        )

    def _in_windows_on_jax(self, images):
        """Returns the scores of windows, by a program that is compiled once per size.

        A program of all windows would be compiled for each size of a batch.
        """
        import jax  # Not at the top: with TensorFlow, it is not needed.

        settings = self._settings()
        if self._jitted is None or self._jitted[0] != settings:

            def score(trained, others, window):
                return self.stateless_call(trained, others, window, training=False)[0]

            self._jitted = settings, jax.jit(score)
        weights = self.trainable_variables, self.non_trainable_variables
        values = [[variable.value for variable in kind] for kind in weights]
        return ops.stack(
            [
                self._jitted[1](*values, self._window_of(images, number))
                for number in range(self._window_count(images))
            ]
        )


def _is_concrete_on_jax(images):
    """Returns whether values are known, and Keras runs on JAX."""
    if keras.backend.backend() != "jax":
        return False
    from jax.core import Tracer  # Not at the top: with TensorFlow, it is not needed.

    return not isinstance(images, Tracer)
