"""Convolution with standardized kernels."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class StandardizedConv2D(keras.layers.Layer):
    """Convolves with kernels of mean 0 and deviation 1, without a bias.

    Each kernel is standardized over its rows, columns and input channels:

        w = (w - mean(w)) / (std(w) + epsilon)

    with the deviation of the population. Padding is TensorFlow's `"same"`.

    Args:
        filters: Number of output channels.
        kernel_size: Side of a kernel in pixels.
        strides: Distance of neighboring outputs in pixels.
        epsilon: Added to the deviation.

    Call arguments:
        images: `(batch, rows, columns, channels)`.

    Output:
        `(batch, ceil(rows / strides), ceil(columns / strides), filters)`.

    Reference:
        Qiao et al., "Micro-Batch Training with Batch-Channel Normalization and Weight
        Standardization", 2019.
    """

    def __init__(self, filters, kernel_size, strides=1, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        if min(filters, kernel_size, strides) < 1:
            raise ValueError(
                "`filters`, `kernel_size` and `strides` must be at least 1. Received: "
                f"filters={filters}, kernel_size={kernel_size}, strides={strides}"
            )
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.epsilon = epsilon

    def build(self, images_shape):
        side = self.kernel_size
        self.kernel = self.add_weight(
            name="kernel",
            shape=(side, side, images_shape[-1], self.filters),
            initializer="lecun_normal",
        )

    def call(self, images):
        # In single precision: a deviation of many small weights needs it.
        kernel = ops.cast(self.kernel, "float32")
        kernel = kernel - ops.mean(kernel, axis=(0, 1, 2))
        kernel = kernel / (ops.std(kernel, axis=(0, 1, 2)) + self.epsilon)
        return ops.conv(
            images,
            ops.cast(kernel, images.dtype),
            strides=self.strides,
            padding="same",
            data_format="channels_last",
        )

    def compute_output_shape(self, images_shape):
        batch, rows, columns, _ = images_shape
        sides = (side and -(-side // self.strides) for side in (rows, columns))
        return (batch, *sides, self.filters)

    def get_config(self):
        return {
            **super().get_config(),
            "filters": self.filters,
            "kernel_size": self.kernel_size,
            "strides": self.strides,
            "epsilon": self.epsilon,
        }
