"""The receptive field of a pixel of a distorted image, for each type of distortion.

If it is a neighborhood, a region of an image can be distorted without the rest, with
the same result; see `regional`. The keys of the table are functions, so that it serves
all banks. The functions that are missing depend on the full image:

- `color_shift` scales the strength of its edges by the extremes of the image,
- `color_quantization` and `quantization` choose values by the histogram,
- `jpeg2000` spends a number of bytes on the image,
- `patch_shift` may copy pixels of earlier copies, and `color_block` paints over blocks,
- the kernels of `resize`, and `pixelate` in Re-IQA's release, align their cells with
  the sides of the image.
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

SAMPLING = 2  # JPEG halves chroma and interpolates it between samples.
BLOCK = 16  # Side of the blocks of JPEG, at half of which chroma is sampled.


@dataclasses.dataclass(frozen=True)
class ReceptiveField:
    """The neighborhood that a pixel depends on.

    Attributes:
        margin: Rows and columns on each side of the pixel.
        step: Regions must start at multiples of this.
    """

    margin: int
    step: int = 1


def field_of(distortion: Distortion, level: int) -> ReceptiveField | None:
    """Returns the receptive field of a type at a level, None for the full image."""
    margin = MARGINS.get(distortion.function)
    if margin is None:
        return None
    step = BLOCK if distortion.function is compression.jpeg else 1
    return ReceptiveField(margin(distortion.strengths[level - 1]), step)


def _no_margin(strength: float) -> int:
    del strength  # Each pixel depends on itself alone.
    return 0


def _gaussian(sigma: float) -> int:
    return len(gaussian_kernel(sigma)) // 2


def _jitter(sigma: float) -> int:
    """Each pass reads within the longest step and one tap more."""
    return spatial.PASSES * (math.ceil(threefry.LARGEST_NORMAL * sigma) + 1)


def _pixelate(strength: float) -> int:
    """A cell on each side, and two pixels for the rounding of its index."""
    return 2 * math.ceil(1.0 / spatial.coarse_scale(strength)) + 2


def _shrinkage(strength: float) -> int:
    del strength  # The wavelet is the same for all strengths.
    return sum(2 * 2**scale for scale in range(shrinkage.SCALES))


def _boxes(radius: float) -> int:
    """Three boxes together are as wide as a Gaussian; each is narrower than this."""
    return 3 * (math.ceil(radius) + 1)


# From functions of distortions to functions from strengths to margins in pixels.
MARGINS: dict[Callable[..., Any], Callable[[Any], int]] = {
    blur.gaussian_blur: _gaussian,
    blur.lens_blur: lambda radius: radius,
    blur.motion_blur: lambda length: (length + 1) // 2,
    color.color_diffusion: lambda amount: _gaussian(1.5 * amount + 2.0),
    color.saturation_hsv: _no_margin,
    color.saturation_lab: _no_margin,
    compression.jpeg: lambda quality: SAMPLING,
    noise.white_noise: _no_margin,
    noise.color_noise: _no_margin,
    noise.impulse_noise: _no_margin,
    noise.multiplicative_noise: _no_margin,
    noise.denoise: _shrinkage,
    brightness.brighten: _no_margin,
    brightness.darken: _no_margin,
    brightness.mean_shift: _no_margin,
    spatial.jitter: _jitter,
    spatial.pixelate: _pixelate,
    contrast.sharpen: lambda amount: _gaussian(3.0),
    contrast.contrast: _no_margin,
    reiqa.gaussian_blur: _boxes,
    reiqa.motion_blur: lambda length: (length + 1) // 2,
    reiqa.impulse_noise: _no_margin,
    reiqa.multiplicative_noise: _no_margin,
    reiqa.sharpen: lambda amount: 2,  # Differences of differences.
    reiqa.denoise: lambda variance: _boxes(reiqa.DENOISE_RADIUS),
}
