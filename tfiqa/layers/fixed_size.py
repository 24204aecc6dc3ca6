"""The base class of layers that resize to one size."""

import keras


class FixedSize(keras.layers.Layer):
    """Resizes images of any size to `height` rows and `width` columns.

    Args:
        height: Rows of the result.
        width: Columns of the result.
    """

    def __init__(self, height, width, **kwargs):
        super().__init__(**kwargs)
        if height < 1 or width < 1:
            raise ValueError(
                "`height` and `width` must be at least 1. "
                f"Received: height={height}, width={width}"
            )
        self.height = height
        self.width = width

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self.height, self.width, images_shape[-1])

    def get_config(self):
        return {**super().get_config(), "height": self.height, "width": self.width}
