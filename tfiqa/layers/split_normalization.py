"""Batch normalization of groups of rows, which share no statistics."""

import keras
from keras import ops


class SplitBatchNormalization(keras.layers.Layer):
    """Trains a batch normalization with the statistics of groups of rows.

    Each group of consecutive rows is normalized by its own mean and variance, as on a
    device of its own. The moving statistics move once, by the means over groups.
    Without training, it is the layer itself.

    Args:
        normalization: A built `keras.layers.BatchNormalization`, whose variables are
            used.
        group: Number of rows in a group. Fewer rows are one group.

    Reference:
        He et al., "Momentum Contrast for Unsupervised Visual Representation Learning",
        CVPR 2020, section 3.3, where groups are on different devices.
    """

    def __init__(self, normalization, group, **kwargs):
        super().__init__(dtype=normalization.dtype_policy, **kwargs)
        self.normalization = normalization
        self.group = group
        self.built = True

    def call(self, inputs, training=False, mask=None):
        if mask is not None:
            raise ValueError("Rows with a `mask` cannot be split. Received: a mask")
        layer = self.normalization
        rows = inputs.shape[0]
        if not (training and layer.trainable) or (rows and rows <= self.group):
            return layer(inputs, training=training)
        if rows and rows % self.group:
            raise ValueError(
                f"The {rows} rows of a batch must be a multiple of `group`. "
                f"Received: group={self.group}"
            )
        dtype = keras.backend.result_type(inputs.dtype, "float32")
        lengths = ops.shape(inputs)[1:]
        groups = ops.reshape(ops.cast(inputs, dtype), (-1, self.group, *lengths))
        axis = layer.axis % len(inputs.shape) + 1
        averaged = [a for a in range(1, len(groups.shape)) if a != axis]
        mean, variance = ops.moments(groups, averaged, keepdims=True)
        factor = ops.rsqrt(variance + layer.epsilon)
        shape = [1] * len(groups.shape)
        shape[axis] = -1
        if layer.scale:
            factor = factor * ops.reshape(ops.cast(layer.gamma, dtype), shape)
        outputs = (groups - mean) * factor
        if layer.center:
            outputs = outputs + ops.reshape(ops.cast(layer.beta, dtype), shape)
        _move(layer.moving_mean, mean, layer.momentum)
        _move(layer.moving_variance, variance, layer.momentum)
        outputs = ops.reshape(outputs, (-1, *lengths))
        return ops.cast(outputs, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return input_shape


def with_split_statistics(model: keras.Model, group: int | None) -> keras.Model:
    """Returns a model whose batch normalizations are split, with the same variables.

    It is for training only: save `model`.

    Args:
        model: A functional model, with or without functional models inside.
        group: Number of rows in a group; `None` for `model` itself.
    """
    if group is None:
        return model

    def split(layer):
        if isinstance(layer, keras.layers.BatchNormalization):
            return SplitBatchNormalization(layer, group, name=f"{layer.name}_split")
        return layer

    return keras.models.clone_model(model, clone_function=split, recursive=True)


def _move(variable, values, momentum):
    """Moves a moving statistic by the mean over groups."""
    mean = ops.reshape(ops.mean(values, axis=0), variable.shape)
    old = ops.cast(variable, mean.dtype)
    variable.assign(old * momentum + mean * (1.0 - momentum))
