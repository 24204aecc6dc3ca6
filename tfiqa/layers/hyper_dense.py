"""A dense layer whose weights a hyper network generates for each sample."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class HyperDense(keras.layers.Layer):
    """Applies a dense layer whose weights a feature map generates for each sample.

    The kernel comes from a 3x3 convolution of the hyper feature map, flattened channel
    by channel, or from a dense layer on the map's spatial mean; the bias always comes
    from that mean. The layer's own parameters are those of the generators.

    Args:
        units: Number of outputs of the generated layer.
        activation: Activation of the outputs.
        kernel_from: `"map"` or `"mean"`. With `"map"`, `units * inputs` must be a
            multiple of the map's number of positions.
        kernel_initializer: Initializer of the generators' kernels.

    Call arguments:
        inputs: `(batch, n)`, the inputs of the generated layer.
        hyper: `(batch, height, width, channels)`, the hyper feature map.

    Output:
        `(batch, units)`, in the precision of `floatx`, whatever the policy.

    Reference:
        Su et al., CVPR 2020, section 3.3.
    """

    def __init__(
        self,
        units,
        activation=None,
        kernel_from="map",
        kernel_initializer="glorot_normal",
        **kwargs,
    ):
        # Never in half precision: scores would be multiples of up to half a point.
        super().__init__(**{**kwargs, "dtype": keras.config.floatx()})
        if kernel_from not in ("map", "mean"):
            raise ValueError(
                "`kernel_from` must be 'map' or 'mean'. "
                f"Received: kernel_from={kernel_from!r}"
            )
        self.units = units
        self.activation = keras.activations.get(activation)
        self.kernel_from = kernel_from
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, inputs_shape, hyper_shape):
        _, height, width, _ = hyper_shape
        self.inputs_length = inputs_shape[-1]
        entries = self.units * self.inputs_length
        if self.kernel_from == "map" and entries % (height * width):
            raise ValueError(
                f"The kernel's {self.inputs_length} x {self.units} entries must be a "
                f"multiple of the map's {height} x {width} positions. "
                f"Received: units={self.units}, hyper of shape {hyper_shape}"
            )
        options = {
            "kernel_initializer": self.kernel_initializer.clone(),
            "dtype": self.dtype_policy,
        }
        mean_shape = (hyper_shape[0], hyper_shape[-1])
        if self.kernel_from == "map":
            self.kernel_generator = keras.layers.Conv2D(
                entries // (height * width),
                3,
                data_format="channels_last",
                padding="same",
                name="kernel_generator",
                **options,
            )
            self.kernel_generator.build(hyper_shape)
        else:
            self.kernel_generator = keras.layers.Dense(
                entries, name="kernel_generator", **options
            )
            self.kernel_generator.build(mean_shape)
        self.bias_generator = keras.layers.Dense(
            self.units,
            name="bias_generator",
            **{**options, "kernel_initializer": self.kernel_initializer.clone()},
        )
        self.bias_generator.build(mean_shape)

    def call(self, inputs, hyper):
        kernel, bias = self.generate(hyper)
        outputs = ops.einsum("boi,bi->bo", kernel, inputs) + bias
        return self.activation(outputs)

    def generate(self, hyper):
        """Returns the kernel `(batch, units, n)` and the bias `(batch, units)`."""
        mean = ops.mean(hyper, axis=(1, 2))
        if self.kernel_from == "map":
            entries = self.kernel_generator(hyper)
            # Rows of the kernel run across channels: channels come first.
            entries = ops.transpose(entries, (0, 3, 1, 2))
        else:
            entries = self.kernel_generator(mean)
        kernel = ops.reshape(entries, (-1, self.units, self.inputs_length))
        return kernel, self.bias_generator(mean)

    def compute_output_shape(self, inputs_shape, hyper_shape):
        return (inputs_shape[0], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "activation": keras.activations.serialize(self.activation),
            "kernel_from": self.kernel_from,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
