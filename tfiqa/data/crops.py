"""Random crops of labeled images in batches, repeatable epoch by epoch.

Order, crops and flips are pure functions of the seed, the epoch and the index of a crop
in it: training that starts at epoch 7 sees what an uninterrupted run sees there.
"""

import functools
from collections.abc import Callable

import tensorflow as tf

from tfiqa.data import ops
from tfiqa.data.load import Source

# Limits of the bytes of encoded images, and of crops, in shuffle buffers.
IMAGE_BYTES = 1 << 30
CROP_BYTES = 1 << 29


def check_crops(source: Source, *, per_image: int, batch_size: int) -> None:
    """Raises `ValueError` unless the crops of an epoch fill a batch."""
    if source.count * per_image < batch_size:
        raise ValueError(
            "At least as many crops as a batch takes are expected. Received: "
            f"batch_size={batch_size}, patches={per_image} of each of "
            f"{source.count} images of {source.name!r}"
        )


def steps_per_epoch(
    source: Source, *, per_image: int, batch_size: int, say: Callable[[str], None]
) -> int:
    """Returns the number of batches of crops in an epoch, and says what they hold."""
    count = source.count * per_image
    steps = count // batch_size
    say(
        f"An epoch: {per_image} crops of each of {source.count} images in "
        f"{steps} batches of {batch_size}; {count - steps * batch_size} crops are "
        "skipped."
    )
    return steps


def crop_batches(
    source: Source,
    *,
    size: int,
    per_image: int,
    batch_size: int,
    seed: int,
    epochs: range,
    scale: float = 1.0,
    offset: float = 0.0,
    resize: tuple[int, ...] = (),
    together: bool = False,
) -> tf.data.Dataset:
    """Returns the batches of all `epochs`, one epoch after another.

    In each epoch, images are shuffled, decoded once and cut into `per_image` crops,
    half of them mirrored; then the crops are shuffled again, unless those of an image
    stay together.

    Args:
        source: Examples with `mos`.
        size: Side of a crop. Smaller images are extended by reflection.
        per_image: Number of crops per image and epoch.
        batch_size: Number of crops per batch; of images if `together`.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        scale: See `offset`.
        offset: Labels are `(mos - offset) / scale`.
        resize: `(height, width)` to which Pillow first resizes images, or `()`.
        together: Whether the crops of an image stay together, as one element.

    Returns:
        Pairs of crops, float32 `(batch_size, size, size, 3)` in `[0, 255]`, and labels,
        float32 `(batch_size, 1)`. If `together`, crops are `(batch_size, per_image,
        size, size, 3)`.
    """
    images = max(1, min(source.count, IMAGE_BYTES // max(source.mean_bytes, 1)))
    crops = max(
        1, min(source.count * per_image, CROP_BYTES // (size * size * 3), 1 << 15)
    )

    def cut(epoch, index, example):
        image = ops.decode_tensor(example["image"])
        if resize:
            image = ops.resize(image, *resize)
        seeds = ops.split_seed(ops.example_key(seed, epoch, index), per_image)
        label = (example["mos"] - offset) / scale
        return (
            tf.map_fn(
                lambda key: ops.random_crop(image, key, size=size),
                seeds,
                fn_output_signature=tf.TensorSpec((size, size, 3), tf.uint8),
            ),
            tf.fill((per_image, 1), label),
        )

    def one_epoch(epoch):
        order = epoch + 1 + (seed << 12)
        shuffled = source.examples.shuffle(
            images, seed=order, reshuffle_each_iteration=False
        )
        sets = shuffled.enumerate().map(
            lambda index, example: cut(epoch, index, example),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        if together:
            elements = sets.map(lambda crops, labels: (crops, labels[0]))
        else:
            elements = sets.unbatch().shuffle(
                crops, seed=order, reshuffle_each_iteration=False
            )
        return elements.batch(batch_size, drop_remainder=True)

    batches = functools.reduce(tf.data.Dataset.concatenate, map(one_epoch, epochs))
    return batches.map(lambda cut, mos: (tf.cast(cut, tf.float32), mos)).prefetch(2)
