"""The distortions of the released Re-IQA code, which differ from those of KADID-10k.

The release leaves out color quantization, JPEG 2000 and quantization, draws or computes
some types differently, and adds four kernels of resizing. What it calls sharpening is
broken, and is so here. Nothing is stretched. The release also truncates each result to
8 bits; this is left to whoever writes pictures.

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

from tfiqa.distortions import noise
from tfiqa.distortions import threefry
from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.color import slopes
from tfiqa.distortions.color_spaces import from_responses
from tfiqa.distortions.color_spaces import to_responses
from tfiqa.distortions.compiled import on_pixels
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.filters import filter_planes
from tfiqa.distortions.filters import filter_separably
from tfiqa.distortions.filters import gaussian_kernel
from tfiqa.distortions.on_cpu import map_pictures


def gaussian_blur(planes: tf.Tensor, radius: float, seed: tf.Tensor) -> tf.Tensor:
    """Blurs by the repeated boxes that stand for a Gaussian in Pillow."""
    del seed  # Nothing is random here.
    blur = ImageFilter.GaussianBlur(radius)
    return map_pictures(
        lambda picture: np.asarray(Image.fromarray(picture).filter(blur)), planes
    )


def motion_blur(planes: tf.Tensor, length: int, seed: tf.Tensor) -> tf.Tensor:
    """Blurs by the mean of a row or of a column of pixels, chosen at random."""
    line = np.zeros((length + 1, length + 1), "float32")
    line[length // 2, :length] = 1.0 / length
    lines = tf.constant(np.stack([line, line.T]))
    choices = tf.cast(threefry.uniforms(seed, 1)[:, 0] * 2.0, tf.int32)
    return tf.map_fn(
        lambda row: filter_planes(row[0][None], row[1])[0],
        (planes, tf.gather(lines, choices)),
        fn_output_signature=planes.dtype,
    )


def impulse_noise(planes: tf.Tensor, density: float, seed: tf.Tensor) -> tf.Tensor:
    """Sets pixels to black or to white, all channels together."""
    _, _, height, width = dimensions(planes)
    chance = threefry.uniform_fields(seed, (1, height, width))
    kept = tf.cast(chance >= density, tf.float32)
    not_black = tf.cast(chance >= density / 2.0, tf.float32)
    return planes * kept + (not_black - kept)


def multiplicative_noise(
    planes: tf.Tensor, variance: float, seed: tf.Tensor
) -> tf.Tensor:
    """Multiplies each sample by 1 plus normal noise of a variance, and clips."""
    factor = 1.0 + threefry.normal_fields(seed, dimensions(planes)[1:]) * variance**0.5
    return tf.clip_by_value(planes * factor, 0.0, 1.0)


def denoise(planes: tf.Tensor, variance: float, seed: tf.Tensor) -> tf.Tensor:
    """Adds normal noise, and blurs by a Gaussian or by a box, chosen at random."""
    noisy = noise.white_noise(planes, variance, seed)
    chance = threefry.uniforms(seed, 1, stream=1)[:, :, None, None]
    share = tf.cast(chance < 0.5, tf.float32)
    gaussian = filter_separably(noisy, gaussian_kernel(3.0))
    box = filter_separably(noisy, np.full(5, 0.2))
    return box + (gaussian - box) * share


def sharpen(planes: tf.Tensor, amount: float, seed: tf.Tensor) -> tf.Tensor:
    """Does what the release does in place of sharpening: it is broken.

    It takes Lab of numbers up to 255 where 1 is white, so that the lightness reaches
    thousands. The second differences are subtracted from that, and nearly all of it is
    clipped to 100, while the chroma stays far outside of what there is: at all levels
    the result is flat areas of the purest colors.
    """
    del seed  # Nothing is random here.
    x, y, z = tf.split(on_pixels(_responses_to_bytes, planes), 3, axis=1)
    curvature = [slopes(slopes(y, axis), axis) for axis in (2, 3)]
    # Lightness is 116 y - 16; this is that from 0 to 100, and chroma moves along.
    sharp = tf.clip_by_value(y - amount * tf.add_n(curvature), 16.0 / 116.0, 1.0)
    moved = tf.concat([x - y + sharp, sharp, tf.maximum(z - y + sharp, 0.0)], axis=1)
    return on_pixels(from_responses, moved)


def resize(kernel: Image.Resampling) -> Callable[..., tf.Tensor]:
    """Returns the function that makes pictures smaller and large again."""

    def resize_by(planes: tf.Tensor, divisor: int, seed: tf.Tensor) -> tf.Tensor:
        """Resizes to a fraction of the sides, and back."""
        del seed  # Nothing is random here.

        def through(picture: np.ndarray) -> np.ndarray:
            height, width = picture.shape[:2]
            image = Image.fromarray(picture)
            image = image.resize((width // divisor, height // divisor), kernel)
            return np.asarray(image.resize((width, height), kernel))

        return map_pictures(through, planes)

    return resize_by


def _responses_to_bytes(*rgb: tf.Tensor) -> list[tf.Tensor]:
    return to_responses(*(255.0 * values for values in rgb))


def _released() -> dict[str, Distortion]:
    """Returns the 26 types: shared ones, changed ones and added ones."""
    left_out = {"color_quantization", "jpeg2000", "quantization"}
    shared = {name: row for name, row in DISTORTIONS.items() if name not in left_out}

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
            "denoise", function=denoise, strengths=(0.001, 0.002, 0.003, 0.005, 0.01)
        ),
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
