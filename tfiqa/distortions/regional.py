"""Distorts regions of images with the same result as distorting the full image.

A crop needs only a region of a distorted image. Without the stretches of KADIS, most
types have a small receptive field, so that only the region and its surroundings must be
distorted: noise depends on the position in the image, JPEG's blocks are those of the
image, and borders are extended only where the image ends. For the other types, the full
image is distorted.

Sums in float32 may be computed in another order, since their blocks start elsewhere; we
have not seen an 8-bit sample that differs.
"""

import functools
import threading
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.distortions import frame
from tfiqa.distortions import threefry
from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.banks import BANKS
from tfiqa.distortions.grouped import Kinds
from tfiqa.distortions.receptive_field import field_of
from tfiqa.distortions.regions import Box
from tfiqa.distortions.regions import key_of_region

# Added before truncation, so that levels that were integers before are kept.
_BIAS = 2.0**-9

# A larger share of the image costs as much as the full image, whose random numbers are
# drawn in pairs.
_LARGEST_SHARE = 0.75

# Cost of distorting one more region, in pixels.
_CALL_COST = 2**15

_tracing = threading.Lock()


def distort_region(
    image: np.ndarray,
    box: Box,
    name: str,
    level: int,
    key: np.ndarray | Sequence[int],
    *,
    bank: Mapping[str, Distortion] = DISTORTIONS,
    truncated: bool = False,
    traced: bool = False,
    full_image: bool = False,
) -> np.ndarray:
    """Returns a region of an image at one type and level, without any stretch.

    Runs on the CPU and may be called from any thread; for pipelines, see
    `single.distort_image`.

    Args:
        image: uint8 `(height, width, 3)`.
        box: The region.
        name: Name of the type, a key of `bank`.
        level: 1 to 5.
        key: Two int32, the seed of all random numbers.
        bank: The types of distortions.
        truncated: Whether to round down rather than half up.
        traced: Whether to build a graph for each type and level at its first use.
        full_image: Whether to distort the full image in any case.

    Returns:
        uint8 `(box.height, box.width, 3)`. A constant image is returned unchanged.

    Raises:
        ValueError: If the image is smaller than the type allows.
    """
    distortion = bank[name]
    height, width = image.shape[:2]
    if min(height, width) < distortion.min_side:
        raise ValueError(
            f"`image` must have at least {distortion.min_side} rows and columns for "
            f"{name!r}. Received: height={height}, width={width}"
        )
    if _is_constant(image):
        return box.of(image)
    needed = (
        Box(0, 0, height, width)
        if full_image
        else neighborhood(image, box, distortion, level)
    )
    keys = np.array([key], np.int32)
    if needed.area < height * width:
        keys = key_of_region(key, needed, height=height, width=width)[None]
    run = functools.partial(distorted_bytes, distortion, level, truncated)
    with tf.device("CPU:0"):
        if traced:
            run = _graph(distortion, level, truncated, keys.shape[1])
        inputs = tf.constant(needed.of(image)[None]), tf.constant(keys)
        changed = run(*inputs).numpy()[0]
    return box.within(needed).of(changed)


def distort_regions(
    image: np.ndarray,
    boxes: Sequence[Box],
    name: str,
    level: int,
    key: np.ndarray | Sequence[int],
    *,
    bank: Mapping[str, Distortion] = DISTORTIONS,
    full_image: bool = False,
    **options: Any,
) -> list[np.ndarray]:
    """Returns regions of one distorted image; see `distort_region`.

    If that costs less, they are cut from one region that contains all of them.
    """

    def cost(box: Box) -> int:
        return neighborhood(image, box, bank[name], level).area + _CALL_COST

    def distort(box: Box) -> np.ndarray:
        return distort_region(
            image, box, name, level, key, bank=bank, full_image=full_image, **options
        )

    joint = _joint(boxes)
    if full_image or cost(joint) <= sum(map(cost, boxes)):
        pixels = distort(joint)
        return [box.within(joint).of(pixels) for box in boxes]
    return [distort(box) for box in boxes]


@functools.cache
def kinds_of(bank: str, *, truncated: bool) -> Kinds:
    """Returns the kinds of a bank, distorted as `distort_region` does."""

    def run(
        row: Distortion, level: int, images: tf.Tensor, keys: tf.Tensor
    ) -> tf.Tensor:
        return distorted_bytes(row, level, truncated, images, keys)

    return Kinds(BANKS[bank], run)


def neighborhood(
    image: np.ndarray, box: Box, distortion: Distortion, level: int
) -> Box:
    """Returns the region that must be distorted to know the pixels of `box`."""
    height, width = image.shape[:2]
    field = field_of(distortion, level)
    full = Box(0, 0, height, width)
    if field is None:
        return full
    grown = box.grown(field.margin, field.step, height, width)
    return grown if grown.area < _LARGEST_SHARE * full.area else full


def _is_constant(image: np.ndarray) -> bool:
    # A few rows nearly always suffice; all rows of a large image take long.
    return bool(np.ptp(image[::64]) == 0 and np.ptp(image) == 0)


def _joint(boxes: Sequence[Box]) -> Box:
    """Returns the smallest box that contains all boxes."""
    top, left = min(box.top for box in boxes), min(box.left for box in boxes)
    bottom, right = max(box.bottom for box in boxes), max(box.right for box in boxes)
    return Box(top, left, bottom - top, right - left)


def distorted_bytes(
    distortion: Distortion,
    level: int,
    truncated: bool,
    images: tf.Tensor,
    keys: tf.Tensor,
) -> tf.Tensor:
    """Returns distorted regions, uint8, `truncated` or rounded half up.

    The keys may come from `key_of_region`.
    """
    planes = frame.to_planes(tf.cast(images, tf.float32), bounds=(0.0, 255.0))
    folded = threefry.fold(keys[:, :2], tf.constant([distortion.number, level]))
    keys = tf.concat([folded, keys[:, 2:]], axis=1)
    planes = distortion.function(planes, distortion.strengths[level - 1], keys)
    levels = tf.clip_by_value(planes, 0.0, 1.0) * 255.0
    levels = tf.floor(levels + (_BIAS if truncated else 0.5))
    return tf.transpose(tf.cast(levels, tf.uint8), (0, 2, 3, 1))


def _graph(
    distortion: Distortion, level: int, truncated: bool, words: int
) -> Callable[..., tf.Tensor]:
    with _tracing:
        return _traced(distortion, level, truncated, words)


@functools.cache
def _traced(
    distortion: Distortion, level: int, truncated: bool, words: int
) -> Callable[..., tf.Tensor]:
    run = functools.partial(distorted_bytes, distortion, level, truncated)
    return tf.function(run, autograph=False).get_concrete_function(
        tf.TensorSpec((1, None, None, 3), tf.uint8),
        tf.TensorSpec((1, words), tf.int32),
    )
