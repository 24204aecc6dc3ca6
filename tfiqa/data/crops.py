"""Random crops of labelled pictures in batches, repeatable epoch by epoch.

Order, crops and flips are pure functions of the seed, of the number of the epoch and of
the index of a crop in it: a training that starts at epoch 7 sees what an uninterrupted
one sees there.
"""

import functools

import tensorflow as tf

from tfiqa.data import ops
from tfiqa.data.load import Source

# Encoded pictures, and crops, that wait to be shuffled take at most so many bytes.
PICTURE_BYTES = 1 << 30
CROP_BYTES = 1 << 29


def crop_batches(
    source: Source,
    *,
    size: int,
    per_picture: int,
    batch_size: int,
    seed: int,
    epochs: range,
    scale: float = 1.0,
    offset: float = 0.0,
    resize: tuple[int, ...] = (),
) -> tf.data.Dataset:
    """Returns the batches of all `epochs`, one epoch after another.

    Pictures are shuffled and decoded once an epoch, each is cut into `per_picture`
    crops, half of them mirrored, and the crops are shuffled again.

    Args:
        source: With `mos`.
        size: Side of a crop. Smaller pictures are continued by reflection.
        per_picture: Crops of each picture in an epoch.
        batch_size: Crops in a batch.
        seed: Of the run.
        epochs: Numbers of the epochs.
        scale: See `offset`.
        offset: Labels are `(mos - offset) / scale`.
        resize: `(height, width)` to which Pillow brings pictures first, or `()`.

    Returns:
        Pairs of crops, float32 `(batch_size, size, size, 3)` in `[0, 255]`, and labels,
        float32 `(batch_size, 1)`.
    """
    pictures = max(1, min(source.count, PICTURE_BYTES // max(source.mean_bytes, 1)))
    crops = max(
        1, min(source.count * per_picture, CROP_BYTES // (size * size * 3), 1 << 15)
    )

    def cut(epoch, index, example):
        image = ops.decode_tensor(example["image"])
        if resize:
            image = ops.resize(image, *resize)
        seeds = ops.split_seed(ops.example_key(seed, epoch, index), per_picture)
        label = (example["mos"] - offset) / scale
        return (
            tf.map_fn(
                lambda one: ops.random_crop(image, one, size=size),
                seeds,
                fn_output_signature=tf.TensorSpec((size, size, 3), tf.uint8),
            ),
            tf.fill((per_picture, 1), label),
        )

    def one_epoch(epoch):
        order = epoch + 1 + (seed << 12)
        shuffled = source.examples.shuffle(
            pictures, seed=order, reshuffle_each_iteration=False
        )
        return (
            shuffled.enumerate()
            .map(
                lambda index, example: cut(epoch, index, example),
                num_parallel_calls=tf.data.AUTOTUNE,
            )
            .unbatch()
            .shuffle(crops, seed=order, reshuffle_each_iteration=False)
            .batch(batch_size, drop_remainder=True)
        )

    batches = functools.reduce(tf.data.Dataset.concatenate, map(one_epoch, epochs))
    return batches.map(lambda cut, mos: (tf.cast(cut, tf.float32), mos)).prefetch(2)
