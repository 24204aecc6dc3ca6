"""Distorts images eagerly, by one graph for each type and level.

Called operation by operation, a small image costs more calls than arithmetic. Building
a graph takes about as long as ten such calls, so it is done at the second call of a
type and level. Both ways compute the same numbers, bit for bit.
"""

import functools
from collections.abc import Callable
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from tfiqa.distortions import frame
from tfiqa.distortions.arguments import choice_of_each
from tfiqa.distortions.arguments import finite_images
from tfiqa.distortions.arguments import image_keys
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.compiled import graph
from tfiqa.distortions.groups import apply
from tfiqa.distortions.groups import check_sides
from tfiqa.distortions.groups import groups
from tfiqa.distortions.groups import in_order
from tfiqa.distortions.groups import row_of

Run = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def distort_eagerly(
    images: tf.Tensor,
    numbers: np.ndarray,
    levels: np.ndarray,
    seed: tf.Tensor,
    stretch: bool,
    bank: Mapping[str, Distortion],
) -> tf.Tensor:
    """Returns what `distort` returns, outside of graphs.

    Args:
        images: float32 `(batch, height, width, 3)`.
        numbers: Numbers of types: one, or one for each image.
        levels: One level, or one for each image.
        seed: int32 `(2,)` or `(batch, 2)`.
        stretch: Whether to stretch before and after.
        bank: The types.
    """
    if not len(images):
        return images
    if numbers.ndim == levels.ndim == 0:
        return _of_one_kind(images, int(numbers), int(levels), seed, stretch, bank)
    choices, images = choice_of_each(numbers, levels, images)
    distorted, order = [], []
    for (number, level), rows in groups(choices):
        group = tf.gather(images, rows)
        group_seed = tf.gather(seed, rows) if seed.shape.rank == 2 else seed
        distorted.append(_of_one_kind(group, number, level, group_seed, stretch, bank))
        order.append(rows)
    return in_order(distorted, order)


def _of_one_kind(
    images: tf.Tensor,
    number: int,
    level: int,
    seed: tf.Tensor,
    stretch: bool,
    bank: Mapping[str, Distortion],
) -> tf.Tensor:
    name, distortion = row_of(number, bank)
    _, height, width, _ = images.shape
    check_sides(height, width, name, distortion.min_side)
    return _runner(name, distortion, level, stretch, seed.shape.rank)(images, seed)


@functools.cache
def _runner(
    name: str, distortion: Distortion, level: int, stretch: bool, rank: int
) -> Run:
    """Returns the function that runs as a graph from its second call on.

    Seeds of each rank get a graph of their own, since a graph knows the rank.
    """
    del rank

    def run(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        images, bounds = finite_images(images)
        keys = image_keys(images, seed, random=distortion.random)
        planes = frame.to_planes(images, bounds=bounds if stretch else (0.0, 255.0))
        row = {name: distortion}
        distorted = apply(planes, distortion.number, level, keys, row)
        return frame.to_images(distorted, bounds=bounds, stretched=stretch)

    traced, calls = graph(run), []

    def call(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        if calls:
            return traced(images, seed)
        calls.append(True)
        return run(images, seed)

    return call
