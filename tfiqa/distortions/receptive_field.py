"""What a pixel of a distorted picture depends on, type by type.

Where that is a neighbourhood, a part of a picture can be distorted instead of the whole
one, with the same result; `parts` does so. Rows are functions, so that the table serves
all banks. Those that are missing look at the whole picture:

- `color_shift` stretches its edges between extremes of the picture,
- `color_quantization` and `quantization` choose values by the histogram,
- `jpeg2000` spends a number of bytes on the picture,
- `patch_shift` copies copies, `color_block` paints over blocks,
- the kernels of `resize`, and the `pixelate` of Re-IQA's release, place their cells by
  the sides of the picture.
"""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

from tfiqa.distortions import blur
from tfiqa.distortions import brightness
from tfiqa.distortions import color
from tfiqa.distortions import compression
from tfiqa.distortions import contrast
from tfiqa.distortions import noise
from tfiqa.distortions import reiqa
from tfiqa.distortions import shrinkage
from tfiqa.distortions import spatial
from tfiqa.distortions import threefry
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.filters import gaussian_kernel

SAMPLING = 2  # JPEG halves chroma, and interpolates it from the next sample.
BLOCK = 16  # Of JPEG, whose chroma has half the rows and columns.


@dataclasses.dataclass(frozen=True)
class Reach:
    """How far a pixel's neighbourhood goes.

    Attributes:
        margin: Rows and columns to each side of it.
        step: Parts start at multiples of this.
    """

    margin: int
    step: int = 1


def reach(distortion: Distortion, level: int) -> Reach | None:
    """Returns the reach of a type at a level, `None` where it is the whole picture."""
    of_strength = MARGINS.get(distortion.function)
    if of_strength is None:
        return None
    step = BLOCK if distortion.function is compression.jpeg else 1
    return Reach(of_strength(distortion.strengths[level - 1]), step)


def _nothing(strength: float) -> int:
    del strength  # Each pixel counts by itself.
    return 0


def _gaussian(sigma: float) -> int:
    return len(gaussian_kernel(sigma)) // 2


def _of_jitter(sigma: float) -> int:
    """Each pass fetches from within the longest step and one tap more."""
    return spatial.PASSES * (math.ceil(threefry.LARGEST_NORMAL * sigma) + 1)


def _of_pixelate(strength: float) -> int:
    """A cell, and by how much rounding its number moves it at most."""
    return 2 * math.ceil(1.0 / spatial.coarse_scale(strength)) + 2


def _of_shrinkage(strength: float) -> int:
    del strength  # The wavelet is the same for all.
    return sum(2 * 2**scale for scale in range(shrinkage.SCALES))


def _of_boxes(radius: float) -> int:
    """Three boxes that together are as wide as a Gaussian; each is less than this."""
    return 3 * (math.ceil(radius) + 1)


# In pixels, of the strength of a level.
MARGINS: dict[Callable[..., Any], Callable[[Any], int]] = {
    blur.gaussian_blur: _gaussian,
    blur.lens_blur: lambda radius: radius,
    blur.motion_blur: lambda length: (length + 1) // 2,
    color.color_diffusion: lambda amount: _gaussian(1.5 * amount + 2.0),
    color.saturation_hsv: _nothing,
    color.saturation_lab: _nothing,
    compression.jpeg: lambda quality: SAMPLING,
    noise.white_noise: _nothing,
    noise.color_noise: _nothing,
    noise.impulse_noise: _nothing,
    noise.multiplicative_noise: _nothing,
    noise.denoise: _of_shrinkage,
    brightness.brighten: _nothing,
    brightness.darken: _nothing,
    brightness.mean_shift: _nothing,
    spatial.jitter: _of_jitter,
    spatial.pixelate: _of_pixelate,
    contrast.sharpen: lambda amount: _gaussian(3.0),
    contrast.contrast: _nothing,
    reiqa.gaussian_blur: _of_boxes,
    reiqa.motion_blur: lambda length: (length + 1) // 2,
    reiqa.impulse_noise: _nothing,
    reiqa.multiplicative_noise: _nothing,
    reiqa.sharpen: lambda amount: 2,  # Differences of differences.
    reiqa.denoise: lambda variance: _of_boxes(reiqa.DENOISE_RADIUS),
}
