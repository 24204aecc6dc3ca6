"""The base class of the feature layers of NIQE and IL-NIQE."""

import keras

from tfiqa.layers.precision import check_precision


class BlockFeatures(keras.layers.Layer):
    """Computes features of image blocks and, optionally, their sharpness.

    Attributes:
        MULTIPLE: Divisor of the side of a block.
        COUNT: Number of features of a block.

    Args:
        size: Side of a block in pixels, 16 or more and a multiple of `MULTIPLE`.
        exact_zeros: Whether values that can only be rounding errors become 0; see
            `mscn`.
        with_sharpness: Whether the mean local deviation of each block, which selects
            pristine blocks, follows its features.
    """

    MULTIPLE: int
    COUNT: int
    differentiable = False  # Levels are rounded, and shapes looked up in a grid.

    def __init__(
        self,
        size,
        exact_zeros=False,
        with_sharpness=False,
        dtype="float64",
        **kwargs,
    ):
        super().__init__(dtype=dtype, autocast=False, **kwargs)
        self.check_size(size)
        check_precision(self.compute_dtype)
        self.size = size
        self.exact_zeros = exact_zeros
        self.with_sharpness = with_sharpness

    @classmethod
    def check_size(cls, size):
        """Raises `ValueError` if blocks cannot have this size."""
        if size < 16 or size % cls.MULTIPLE:
            raise ValueError(
                f"A `size` of 16 or more that is a multiple of {cls.MULTIPLE} is "
                f"expected. Received: size={size}"
            )

    @property
    def columns(self):
        """Number of values for each block."""
        return self.COUNT + int(self.with_sharpness)

    def get_config(self):
        return {
            **super().get_config(),
            "size": self.size,
            "exact_zeros": self.exact_zeros,
            "with_sharpness": self.with_sharpness,
        }
