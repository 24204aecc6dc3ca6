"""The distortions of the released Re-IQA code, which differ from those of KADID-10k.

The release omits color quantization, JPEG 2000 and quantization, draws or computes some
types differently, and adds resizing with four kernels. Its sharpening is broken, and is
reproduced as it is. Nothing is stretched. The release also truncates each result to
8 bits; here, that is left to the caller.

Reference:
    Saha et al., "Re-IQA: unsupervised learning for image quality assessment in the
    wild", CVPR 2023.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from PIL import Image
from PIL import ImageFilter

from tfiqa.distortions import color
from tfiqa.distortions import noise
from tfiqa.distortions import threefry
from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.color_spaces import from_responses
from tfiqa.distortions.color_spaces import to_responses
from tfiqa.distortions.compiled import on_pixels
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.filters import filter_planes
from tfiqa.distortions.host import map_images
from tfiqa.distortions.spatial import coarse_scale
from tfiqa.pixels.reflection import mirrored

DENOISE_RADIUS = 3


def gaussian_blur(planes: tf.Tensor, radius: float, seed: tf.Tensor) -> tf.Tensor:
    """Blurs by repeated boxes, Pillow's approximation of a Gaussian."""
    del seed  # Nothing is random here.
    return _filtered(planes, ImageFilter.GaussianBlur(radius))


def motion_blur(planes: tf.Tensor, length: int, seed: tf.Tensor) -> tf.Tensor:
    """Blurs by the mean along a row or a column of pixels, chosen at random."""
    line = np.zeros((length + 1, length + 1), "float32")
    line[length // 2, :length] = 1.0 / length
    lines = tf.constant(np.stack([line, line.T]))
    choices = tf.cast(threefry.uniforms(seed, 1)[:, 0] * 2.0, tf.int32)
    return tf.map_fn(
        lambda row: filter_planes(row[0][None], row[1])[0],
        (planes, tf.gather(lines, choices)),
        fn_output_signature=planes.dtype,
    )


def color_shift(planes: tf.Tensor, amount: int, seed: tf.Tensor) -> tf.Tensor:
    """Shifts green to the right where the image has edges.

    The release intends to shift it down too, but rolls all rows as one line, by the sum
    of both shifts.
    """
    steps = color.shift_of_direction(threefry.uniforms(seed, 2), amount)
    green = planes[:, 1:2]
    moved = green + color.edge_mask(planes) * (_rolled(green, steps) - green)
    return tf.concat([planes[:, :1], moved, planes[:, 2:]], axis=1)


def impulse_noise(planes: tf.Tensor, density: float, seed: tf.Tensor) -> tf.Tensor:
    """Sets pixels to black or white, all channels together."""
    _, _, height, width = dimensions(planes)
    chance = threefry.uniform_fields(seed, (1, height, width))
    kept = tf.cast(chance >= density, tf.float32)
    not_black = tf.cast(chance >= density / 2.0, tf.float32)
    return planes * kept + (not_black - kept)


def multiplicative_noise(
    planes: tf.Tensor, variance: float, seed: tf.Tensor
) -> tf.Tensor:
    """Multiplies each sample by 1 plus normal noise and clips."""
    factor = 1.0 + threefry.normal_fields(seed, dimensions(planes)[1:]) * variance**0.5
    return tf.clip_by_value(planes * factor, 0.0, 1.0)


def denoise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise and blurs by Pillow's Gaussian or box, chosen at random."""
    noisy = tf.clip_by_value(noise.white_noise(planes, variance, seed), 0.0, 1.0)
    noisy = tf.floor(noisy * 255.0) / 255.0
    chance = threefry.uniforms(seed, 1, stream=1)[:, :, None, None]
    gaussian = _filtered(noisy, ImageFilter.GaussianBlur(DENOISE_RADIUS))
    return tf.where(chance < 0.5, gaussian, _filtered(noisy, ImageFilter.BoxBlur(2)))


def pixelate(planes: tf.Tensor, strength: float, seed: tf.Tensor) -> tf.Tensor:
    """Drops rows and columns and repeats the others, as Pillow does."""
    del seed  # Nothing is random here.
    share = coarse_scale(strength)
    return _shrink_and_enlarge(
        planes, lambda s: int(share * s), Image.Resampling.NEAREST
    )


def sharpen(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Applies what the release calls sharpening, which is broken.

    It converts values up to 255 to Lab, where 1 is white, so that the lightness reaches
    thousands. Second differences are subtracted from it and nearly all of it is clipped
    to 100, while the chroma stays far outside the gamut: at all levels, the result
    consists of flat areas of saturated colors.
    """
    del seed  # Nothing is random here.
    x, y, z = tf.split(on_pixels(_responses_to_bytes, planes), 3, axis=1)
    curvature = [color.gradient(color.gradient(y, axis), axis) for axis in (2, 3)]
    # Lightness is 116 y - 16, clipped to 0 to 100 here; chroma moves along with it.
    sharp = tf.clip_by_value(y - amount * tf.add_n(curvature), 16.0 / 116.0, 1.0)
    moved = tf.concat([x - y + sharp, sharp, tf.maximum(z - y + sharp, 0.0)], axis=1)
    return on_pixels(from_responses, moved)


def resize(kernel: Image.Resampling) -> Callable[..., tf.Tensor]:
    """Returns the function that shrinks images and enlarges them again."""

    def resize_by(planes: tf.Tensor, divisor: int, seed: tf.Tensor) -> tf.Tensor:
        """Resizes to `1 / divisor` of the sides and back."""
        del seed  # Nothing is random here.
        return _shrink_and_enlarge(planes, lambda side: side // divisor, kernel)

    return resize_by


def _filtered(planes: tf.Tensor, kind: ImageFilter.Filter) -> tf.Tensor:
    """Applies a filter of Pillow to planes."""
    return map_images(
        lambda image: np.asarray(Image.fromarray(image).filter(kind)), planes
    )


def _shrink_and_enlarge(
    planes: tf.Tensor, small: Callable[[int], int], kernel: Image.Resampling
) -> tf.Tensor:
    """Resizes planes to smaller sides and back."""

    def through(image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        reduced = Image.fromarray(image).resize((small(width), small(height)), kernel)
        return np.asarray(reduced.resize((width, height), kernel))

    return map_images(through, planes)


def _rolled(planes: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
    """Rolls planes `(batch, 1, height, width)`, padded with margins, as one line.

    The margins are as wide as the larger step and mirror the image, including its
    outermost samples. Samples that leave a row on the right enter the next on the left.
    """
    batch, _, height, width = dimensions(planes)
    margin = tf.reduce_max(steps, axis=1)[:, None]
    columns = tf.range(width) - tf.reduce_sum(steps, axis=1)[:, None]
    before = tf.cast(columns < -margin, tf.int32)  # In the row above.
    columns = mirrored(columns + before * (width + 2 * margin), width, tf)
    rows = mirrored(tf.range(height)[:, None] - before[:, None], height, tf)
    indices = rows * width + columns[:, None]
    pixels = tf.reshape(planes, (batch, height * width))
    return tf.gather(pixels, indices, batch_dims=1)[:, None]


def _responses_to_bytes(*rgb: tf.Tensor) -> list[tf.Tensor]:
    return to_responses(*(255.0 * values for values in rgb))


def _released() -> dict[str, Distortion]:
    """Returns the 26 types: shared, changed and added ones."""
    omitted = {"color_quantization", "jpeg2000", "quantization"}
    shared = {name: row for name, row in DISTORTIONS.items() if name not in omitted}

    def changed(name: str, **changes) -> Distortion:
        return dataclasses.replace(DISTORTIONS[name], **changes)

    rows = shared | {
        "gaussian_blur": changed(
            "gaussian_blur", function=gaussian_blur, tensors=False
        ),
        "motion_blur": changed(
            "motion_blur", function=motion_blur, strengths=(12, 16, 20, 24, 28)
        ),
        "jpeg": changed("jpeg", strengths=(70, 43, 36, 24, 7)),
        "impulse_noise": changed("impulse_noise", function=impulse_noise),
        "multiplicative_noise": changed(
            "multiplicative_noise", function=multiplicative_noise
        ),
        "denoise": changed(
            "denoise",
            function=denoise,
            strengths=(0.001, 0.002, 0.003, 0.005, 0.01),
            tensors=False,
        ),
        "color_shift": changed("color_shift", function=color_shift),
        "pixelate": changed("pixelate", function=pixelate, tensors=False),
        "sharpen": changed("sharpen", function=sharpen, ordered=False),
    }
    kernels = Image.Resampling
    for name, kernel, divisors in (
        ("resize_bicubic", kernels.BICUBIC, (2, 3, 4, 8, 16)),
        ("resize_bilinear", kernels.BILINEAR, (2, 3, 4, 8, 16)),
        ("resize_nearest", kernels.NEAREST, (2, 3, 4, 5, 6)),
        ("resize_lanczos", kernels.LANCZOS, (2, 3, 4, 8, 16)),
    ):
        rows[name] = Distortion(
            resize(kernel), divisors, number=0, group="resize", tensors=False
        )
    return {
        name: dataclasses.replace(row, number=number, stretched=False)
        for number, (name, row) in enumerate(rows.items(), start=1)
    }


REIQA_RELEASED: dict[str, Distortion] = _released()
