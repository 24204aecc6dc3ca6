"""Distorts parts of pictures exactly as they are in the whole distorted picture.

Crops need a part of a distorted picture only. Without the stretches of KADIS most types
depend on a neighbourhood (`reach`), so that this neighbourhood is all that has to be
distorted: noise is drawn by the place in the picture, JPEG's blocks are those of the
picture, borders are continued where the picture ends. Types that need the whole picture
get it.

Sums in float32 may be rounded in another order, since their blocks begin elsewhere; we
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
from tfiqa.distortions.receptive_field import reach
from tfiqa.distortions.regions import Box
from tfiqa.distortions.regions import placed

# Whole numbers, computed in `[0, 1]`, stay whole when they are truncated.
_SMALL = 2.0**-9

# A larger share of the picture costs no less than all of it, whose random numbers are
# drawn in pairs.
_WORTH_IT = 0.75

# What it costs to distort one part more, in pixels.
_CALL = 2**15

_tracing = threading.Lock()


def distort_part(
    picture: np.ndarray,
    box: Box,
    name: str,
    level: int,
    key: np.ndarray | Sequence[int],
    *,
    bank: Mapping[str, Distortion] = DISTORTIONS,
    truncated: bool = False,
    traced: bool = False,
    whole: bool = False,
) -> np.ndarray:
    """Returns a part of a picture under one type and level, without any stretch.

    Runs on the CPU, from any thread; see `single.distort_image` for pipelines.

    Args:
        picture: uint8 `(height, width, 3)`.
        box: The part that is wanted.
        name: Of the type, a key of `bank`.
        level: 1 to 5.
        key: Two int32 that draw what is random.
        bank: The types.
        truncated: Whether to round down, not half up.
        traced: Whether to build a graph for each type and level when it is first met.
        whole: Whether to distort the whole picture in any case.

    Returns:
        uint8 `(box.height, box.width, 3)`. A constant picture comes back as it is.

    Raises:
        ValueError: For pictures smaller than the type allows.
    """
    distortion = bank[name]
    height, width = picture.shape[:2]
    if min(height, width) < distortion.min_side:
        raise ValueError(
            f"`picture` must have at least {distortion.min_side} rows and columns for "
            f"{name!r}. Received: height={height}, width={width}"
        )
    if _is_constant(picture):
        return box.of(picture)
    needed = (
        Box(0, 0, height, width)
        if whole
        else neighbourhood(picture, box, distortion, level)
    )
    keys = np.array([key], np.int32)
    if needed.area < height * width:
        keys = placed(key, needed, height=height, width=width)[None]
    run = functools.partial(_run, distortion, level, truncated)
    with tf.device("CPU:0"):
        if traced:
            run = _graph(distortion, level, truncated, keys.shape[1])
        inputs = tf.constant(needed.of(picture)[None]), tf.constant(keys)
        changed = run(*inputs).numpy()[0]
    return box.within(needed).of(changed)


def distort_parts(
    picture: np.ndarray,
    boxes: Sequence[Box],
    name: str,
    level: int,
    key: np.ndarray | Sequence[int],
    *,
    bank: Mapping[str, Distortion] = DISTORTIONS,
    whole: bool = False,
    **options: Any,
) -> list[np.ndarray]:
    """Returns several parts of one distorted picture; see `distort_part`.

    Where it costs less they are cut from one part that holds all of them.
    """

    def cost(box: Box) -> int:
        return neighbourhood(picture, box, bank[name], level).area + _CALL

    def distort(box: Box) -> np.ndarray:
        return distort_part(
            picture, box, name, level, key, bank=bank, whole=whole, **options
        )

    joint = _joint(boxes)
    if whole or cost(joint) <= sum(map(cost, boxes)):
        pixels = distort(joint)
        return [box.within(joint).of(pixels) for box in boxes]
    return [distort(box) for box in boxes]


def neighbourhood(
    picture: np.ndarray, box: Box, distortion: Distortion, level: int
) -> Box:
    """Returns the part of a picture that has to be distorted to know a part of it."""
    height, width = picture.shape[:2]
    needed = reach(distortion, level)
    whole = Box(0, 0, height, width)
    if needed is None:
        return whole
    grown = box.grown(needed.margin, needed.step, height, width)
    return grown if grown.area < _WORTH_IT * whole.area else whole


def _is_constant(picture: np.ndarray) -> bool:
    # A few rows tell nearly always; all of a large picture take a while.
    return bool(np.ptp(picture[::64]) == 0 and np.ptp(picture) == 0)


def _joint(boxes: Sequence[Box]) -> Box:
    """Returns the smallest part that holds several."""
    top, left = min(box.top for box in boxes), min(box.left for box in boxes)
    bottom, right = max(box.bottom for box in boxes), max(box.right for box in boxes)
    return Box(top, left, bottom - top, right - left)


def _run(
    distortion: Distortion,
    level: int,
    truncated: bool,
    pictures: tf.Tensor,
    keys: tf.Tensor,
) -> tf.Tensor:
    """Returns parts of pictures distorted, uint8; keys of parts are placed."""
    planes = frame.to_planes(tf.cast(pictures, tf.float32), bounds=(0.0, 255.0))
    folded = threefry.fold(keys[:, :2], tf.constant([distortion.number, level]))
    keys = tf.concat([folded, keys[:, 2:]], axis=1)
    planes = distortion.function(planes, distortion.strengths[level - 1], keys)
    levels = tf.clip_by_value(planes, 0.0, 1.0) * 255.0
    levels = tf.floor(levels + (_SMALL if truncated else 0.5))
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
    run = functools.partial(_run, distortion, level, truncated)
    return tf.function(run, autograph=False).get_concrete_function(
        tf.TensorSpec((1, None, None, 3), tf.uint8),
        tf.TensorSpec((1, words), tf.int32),
    )
