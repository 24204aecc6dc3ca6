"""Distorts batches in which each image may have its own type and level."""

from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfiqa.distortions import frame
from tfiqa.distortions import threefry
from tfiqa.distortions.arguments import Choice
from tfiqa.distortions.arguments import Seed
from tfiqa.distortions.arguments import checked_seed
from tfiqa.distortions.arguments import choice_of_each
from tfiqa.distortions.arguments import default_stretch
from tfiqa.distortions.arguments import finite_images
from tfiqa.distortions.arguments import image_keys
from tfiqa.distortions.arguments import known_levels
from tfiqa.distortions.arguments import rgb_images
from tfiqa.distortions.arguments import type_numbers
from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.eager import distort_eagerly
from tfiqa.distortions.groups import apply
from tfiqa.distortions.groups import are_random
from tfiqa.distortions.groups import groups
from tfiqa.distortions.groups import in_order

_STEP = -1  # Not the number of a type, so that keys of steps differ from theirs.


@tf.autograph.experimental.do_not_convert
def distort(
    images: tf.Tensor | np.ndarray,
    types: Choice,
    levels: Choice,
    seed: Seed,
    *,
    stretch: bool | None = None,
    bank: Mapping[str, Distortion] = DISTORTIONS,
) -> tf.Tensor:
    """Distorts images as KADID-10k and KADIS-700k do.

    Runs eagerly, in `tf.data` and, for types that are tensor arithmetic, under XLA.
    Types and levels that are known when a graph is built are grouped, and each group
    is computed at once. If they are tensors of the graph, this happens in Python when
    the graph runs, on the CPU, and XLA cannot compile it.

    Args:
        images: `(batch, height, width, 3)` RGB in `[0, 255]`, any numeric dtype.
        types: Numbers (1 to 25) or names of types: one, or one for each image.
        levels: 1 (faint) to 5 (severe): one, or one for each image.
        seed: int32 `(batch, 2)`, one for each image. Or `(2,)`, which is folded
            with a hash of the pixels of each image, so that its position in the batch
            does not matter. Types and levels draw independently of each other.
        stretch: Whether to stretch each image to the full range before and after.
            Otherwise results are clipped. By default, as the bank's database does.
        bank: The types to choose from.

    Returns:
        float32 `(batch, height, width, 3)` in `[0, 255]`, not rounded. Constant
        images are returned unchanged.

    Raises:
        ValueError: For unknown types or levels, seeds that are not int32, images
            that are not RGB or are smaller than a type allows, and types, levels or
            seeds that are not one for each image.
        tf.errors.InvalidArgumentError: For pixels that are not finite; in a graph,
            also for invalid arguments that are only known when it runs. Under XLA no
            error is raised then, and the result for such an image is arbitrary.
    """
    images = rgb_images(images)
    numbers = type_numbers(types, bank)
    levels = known_levels(levels)
    seed = checked_seed(images, seed)
    if stretch is None:
        stretch = default_stretch(bank)
    if (
        tf.executing_eagerly()
        and isinstance(numbers, np.ndarray)
        and isinstance(levels, np.ndarray)
    ):
        return distort_eagerly(images, numbers, levels, seed, stretch, bank)
    images, bounds = finite_images(images)
    keys = image_keys(images, seed, random=are_random(numbers, bank))
    planes = frame.to_planes(images, bounds=bounds if stretch else (0.0, 255.0))
    if isinstance(numbers, np.ndarray) and isinstance(levels, np.ndarray):
        distorted = _by_group(planes, numbers, levels, keys, bank)
    else:
        distorted = _in_python(planes, numbers, levels, keys, bank)
    return frame.to_images(distorted, bounds=bounds, stretched=stretch)


@tf.autograph.experimental.do_not_convert
def distort_in_sequence(
    images: tf.Tensor | np.ndarray,
    steps: Sequence[tuple[Choice, Choice]],
    seed: Seed,
    *,
    stretch: bool | None = None,
    bank: Mapping[str, Distortion] = DISTORTIONS,
) -> tf.Tensor:
    """Distorts images in several steps, each applied to the result of the last.

    Args:
        images: `(batch, height, width, 3)` RGB in `[0, 255]`, any numeric dtype.
        steps: Types and levels of each step, as `distort` takes them.
        seed: int32 `(batch, 2)` or `(2,)`; each step draws independently.
        stretch: As in `distort`, before and after each step.
        bank: The types to choose from.

    Returns:
        float32 `(batch, height, width, 3)` in `[0, 255]`, not rounded.
    """
    images, _ = finite_images(rgb_images(images))
    keys = image_keys(images, checked_seed(images, seed), random=True)
    for index, (types, levels) in enumerate(steps):
        key = threefry.fold(keys, tf.constant([_STEP, index]))
        images = distort(images, types, levels, key, stretch=stretch, bank=bank)
    return images


def _by_group(
    planes: tf.Tensor,
    numbers: np.ndarray,
    levels: np.ndarray,
    keys: tf.Tensor,
    bank: Mapping[str, Distortion],
) -> tf.Tensor:
    """Returns planes distorted in groups of one type and level."""
    if planes.shape[0] == 0:
        return planes
    if numbers.ndim == levels.ndim == 0:
        return apply(planes, int(numbers), int(levels), keys, bank)
    choices, planes = choice_of_each(numbers, levels, planes)
    distorted, order = [], []
    for (number, level), rows in groups(choices):
        group = planes if len(rows) == len(choices) else tf.gather(planes, rows)
        group_keys = tf.gather(keys, rows)
        distorted.append(apply(group, number, level, group_keys, bank))
        order.append(rows)
    return in_order(distorted, order)


def _in_python(
    planes: tf.Tensor,
    numbers: np.ndarray | tf.Tensor,
    levels: np.ndarray | tf.Tensor,
    keys: tf.Tensor,
    bank: Mapping[str, Distortion],
) -> tf.Tensor:
    """Returns planes distorted by types and levels that are known when a graph runs.

    A graph of all types and levels would take 15 seconds to build, and again for each
    iterator of `tf.data`.
    """

    def run(planes, numbers, levels, keys):
        with tf.device("CPU:0"):
            numbers = np.asarray(type_numbers(numbers, bank))
            levels = np.asarray(known_levels(levels))
            planes, keys = tf.constant(planes), tf.constant(keys)
            return _by_group(planes, numbers, levels, keys, bank).numpy()

    inputs = [planes, numbers, levels, keys]
    distorted = tf.numpy_function(run, inputs, tf.float32, stateful=False)
    return tf.ensure_shape(distorted, planes.shape)
