"""The distortions of KADID-10k: 25 types in seven groups, five strengths each."""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfiqa.distortions import blur
from tfiqa.distortions import brightness
from tfiqa.distortions import color
from tfiqa.distortions import compression
from tfiqa.distortions import contrast
from tfiqa.distortions import noise
from tfiqa.distortions import spatial

# Number of levels of each type: 1 is the weakest.
LEVELS = 5


@dataclasses.dataclass(frozen=True)
class Distortion:
    """A type of distortion: a function of images and its strengths at five levels.

    Attributes:
        function: Maps planes float32 `(batch, 3, height, width)` in `[0, 1]`, a
            strength and seeds int32 `(batch, 2)` to planes that may leave `[0, 1]`.
            The result for an image depends only on that image and its seed.
        strengths: Strengths of levels 1 to 5, as `function` takes them.
        number: Number of the type in its bank, from 1.
        group: Name of the group of related types.
        ordered: Whether severity rises with the level. It does not if the sign of the
            strength changes between levels.
        random: Whether the seed matters.
        tensors: Whether the function is tensor arithmetic, which XLA can compile.
            Otherwise it is a codec that runs on the CPU.
        min_side: Smallest height and width of an image in pixels.
        stretched: Whether the database stretches images to the full range before
            and after the distortion.
    """

    function: Callable[[tf.Tensor, Any, tf.Tensor], tf.Tensor]
    strengths: tuple[float, float, float, float, float]
    number: int
    group: str
    ordered: bool = True
    random: bool = False
    tensors: bool = True
    min_side: int = 16
    stretched: bool = True

    def label(self, level: int) -> int:
        """Returns the class of the type at a level, from 0, counted over the bank."""
        return LEVELS * (self.number - 1) + level - 1


# Numbers, order, groups and strengths of KADID-10k.
DISTORTIONS: dict[str, Distortion] = {
    "gaussian_blur": Distortion(
        blur.gaussian_blur, (0.1, 0.5, 1, 2, 5), number=1, group="blur"
    ),
    "lens_blur": Distortion(blur.lens_blur, (1, 2, 4, 6, 8), number=2, group="blur"),
    "motion_blur": Distortion(
        blur.motion_blur, (1, 2, 4, 6, 10), number=3, group="blur", random=True
    ),
    "color_diffusion": Distortion(
        color.color_diffusion, (1, 3, 6, 8, 12), number=4, group="color"
    ),
    "color_shift": Distortion(
        color.color_shift, (1, 3, 6, 8, 12), number=5, group="color", random=True
    ),
    "color_quantization": Distortion(
        color.color_quantization,
        (64, 48, 32, 16, 8),
        number=6,
        group="color",
        tensors=False,
    ),
    # Level 4 is gray and level 5 has the opposite hues.
    "saturation_hsv": Distortion(
        color.saturation_hsv, (0.4, 0.2, 0.1, 0, -0.4), number=7, group="color"
    ),
    "saturation_lab": Distortion(
        color.saturation_lab, (1, 2, 3, 6, 9), number=8, group="color"
    ),
    "jpeg2000": Distortion(
        compression.jpeg2000,
        (16, 32, 45, 120, 400),
        number=9,
        group="compression",
        tensors=False,
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
    "color_noise": Distortion(
        noise.color_noise,
        (0.0001, 0.0005, 0.001, 0.002, 0.003),
        number=12,
        group="noise",
        random=True,
    ),
    "impulse_noise": Distortion(
        noise.impulse_noise,
        (0.001, 0.005, 0.01, 0.02, 0.03),
        number=13,
        group="noise",
        random=True,
    ),
    "multiplicative_noise": Distortion(
        noise.multiplicative_noise,
        (0.001, 0.005, 0.01, 0.02, 0.05),
        number=14,
        group="noise",
        random=True,
    ),
    "denoise": Distortion(
        noise.denoise,
        (0.01, 0.03, 0.05, 0.1, 0.15),
        number=15,
        group="noise",
        random=True,
    ),
    "brighten": Distortion(
        brightness.brighten, (0.1, 0.2, 0.4, 0.7, 1.1), number=16, group="brightness"
    ),
    "darken": Distortion(
        brightness.darken, (0.05, 0.1, 0.2, 0.4, 0.8), number=17, group="brightness"
    ),
    # Level 3 changes nothing; levels 1 and 5 change most.
    "mean_shift": Distortion(
        brightness.mean_shift,
        (0.15, 0.08, 0, -0.08, -0.15),
        number=18,
        group="brightness",
        ordered=False,
    ),
    "jitter": Distortion(
        spatial.jitter,
        (0.05, 0.1, 0.2, 0.5, 1),
        number=19,
        group="spatial",
        random=True,
    ),
    "patch_shift": Distortion(
        spatial.patch_shift,
        (20, 40, 60, 80, 100),
        number=20,
        group="spatial",
        random=True,
        min_side=48,
    ),
    "pixelate": Distortion(
        spatial.pixelate, (0.01, 0.05, 0.1, 0.2, 0.5), number=21, group="spatial"
    ),
    "quantization": Distortion(
        spatial.quantization, (20, 16, 13, 10, 7), number=22, group="spatial"
    ),
    "color_block": Distortion(
        spatial.color_block,
        (2, 4, 6, 8, 10),
        number=23,
        group="spatial",
        random=True,
        min_side=32,
    ),
    "sharpen": Distortion(
        contrast.sharpen, (1, 2, 3, 6, 12), number=24, group="contrast"
    ),
    # From steeper to flatter; level 3 still bends the curve.
    "contrast": Distortion(
        contrast.contrast,
        (0.3, 0.15, 0, -0.4, -0.6),
        number=25,
        group="contrast",
        ordered=False,
    ),
}
