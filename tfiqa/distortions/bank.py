"""The distortions of KADID-10k: 25 types in seven groups, five strengths each."""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfiqa.distortions import blur
from tfiqa.distortions import compression
from tfiqa.distortions import noise


@dataclasses.dataclass(frozen=True)
class Distortion:
    """A function of pictures, and the strengths of its five levels.

    Attributes:
        function: Maps planes float32 `(batch, 3, height, width)` in `[0, 1]`, a
            strength and seeds int32 `(batch, 2)` to planes that may leave `[0, 1]`.
            Each picture depends on itself and on its seed alone.
        strengths: What levels 1 to 5 hand to `function`.
        number: Number of the type in its bank, from 1.
        group: Name of the group of related types.
        ordered: Whether severity rises with the level. It does not where the strength
            changes its sign on the way.
        random: Whether the seed matters.
        tensors: Whether the function is tensor arithmetic, which XLA compiles.
            Otherwise a codec runs on the CPU.
        min_side: Smallest height and width of a picture in pixels.
    """

    function: Callable[[tf.Tensor, Any, tf.Tensor], tf.Tensor]
    strengths: tuple[float, float, float, float, float]
    number: int
    group: str
    ordered: bool = True
    random: bool = False
    tensors: bool = True
    min_side: int = 16

    def label(self, level: int) -> int:
        """Returns the class of a level, counted over the bank from 0."""
        return 5 * (self.number - 1) + level - 1


DISTORTIONS: dict[str, Distortion] = {
    "gaussian_blur": Distortion(
        blur.gaussian_blur, (0.1, 0.5, 1, 2, 5), number=1, group="blur"
    ),
    "jpeg": Distortion(
        compression.jpeg, (43, 36, 24, 7, 4), number=10, group="compression"
    ),
    "white_noise": Distortion(
        noise.white_noise,
        (0.001, 0.002, 0.003, 0.005, 0.01),
        number=11,
        group="noise",
        random=True,
    ),
}
