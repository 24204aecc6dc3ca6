"""HyperIQA's local distortion aware branch."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class LocalDistortion(keras.layers.Layer):
    """Describes the distortions in one stage of a trunk by a short vector.

    The feature map is divided into patches as large as the map of the last stage; each
    patch is described by a 1x1 convolution and its mean, and one dense layer combines
    them all. A mean commutes with a 1x1 convolution, so the mean over patches is a
    strided average pooling after the convolution.

    Args:
        units: Length of the result.
        pool_size: Side of a patch in the feature map.
        channels: Outputs of the 1x1 convolution; `None` omits it, as in the last stage.
        kernel_initializer: Initializer of both kernels.

    Call arguments:
        features: `(batch, height, width, depth)`; sides are multiples of `pool_size`.

    Output:
        `(batch, units)`, without an activation.

    Reference:
        Su et al., CVPR 2020, section 3.2 and figure 3.
    """

    def __init__(
        self,
        units,
        pool_size,
        channels=None,
        kernel_initializer="glorot_normal",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.pool_size = pool_size
        self.channels = channels
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.pool = keras.layers.AveragePooling2D(
            pool_size, data_format="channels_last", dtype=self.dtype_policy
        )
        self.reduce = None
        if channels is not None:
            self.reduce = keras.layers.Conv2D(
                channels,
                1,
                data_format="channels_last",
                use_bias=False,
                kernel_initializer=self.kernel_initializer.clone(),
                dtype=self.dtype_policy,
                name="reduce",
            )
        self.project = keras.layers.Dense(
            units,
            kernel_initializer=self.kernel_initializer.clone(),
            dtype=keras.config.floatx(),  # What it returns is compared.
            name="project",
        )

    def build(self, features_shape):
        _, height, width, depth = features_shape
        if height % self.pool_size or width % self.pool_size:
            raise ValueError(
                "The sides of `features` must be multiples of `pool_size`. Received: "
                f"features of shape {features_shape}, pool_size={self.pool_size}"
            )
        if self.reduce is not None:
            self.reduce.build(features_shape)
            depth = self.channels
        patches = (height // self.pool_size) * (width // self.pool_size)
        self.project.build((None, depth * patches))

    def call(self, features):
        return self.project(self.pooled(features))

    def pooled(self, features):
        """Returns the input of the dense layer, `(batch, depth * patches)`.

        The order is channel by channel, and row by row within a channel, as in the
        released checkpoints.
        """
        if self.reduce is not None:
            features = self.reduce(features)
        by_channel = ops.transpose(self.pool(features), (0, 3, 1, 2))
        return ops.reshape(by_channel, (-1, self.project.kernel.shape[0]))

    def compute_output_shape(self, features_shape):
        return (features_shape[0], self.units)

    def get_config(self):
        return {
            **super().get_config(),
            "units": self.units,
            "pool_size": self.pool_size,
            "channels": self.channels,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
        }
