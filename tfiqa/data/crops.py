"""Random crops of labeled images in batches, repeatable epoch by epoch.

Order, crops and flips are pure functions of the seed, the epoch and the index of a crop
in it: training that starts at epoch 7 sees what an uninterrupted run sees there.
"""

from collections.abc import Callable

import tensorflow as tf

from tfiqa.data import ops
from tfiqa.data.load import Source
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.data.order import permuted
from tfiqa.data.pictures import DECODED_BYTES
from tfiqa.data.pictures import Pictures


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
    part: Part = WHOLE,
) -> tf.data.Dataset:
    """Returns the batches of all `epochs`, one epoch after another.

    An epoch has `per_image` crops of each image, half of them mirrored, in an order in
    which all positions of all crops are equally likely, unless those of an image stay
    together. An image is decoded for each crop, except those that stay in memory.

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
        part: The batches that are made, and the rows of each.

    Returns:
        Pairs of crops, float32 `(batch_size, size, size, 3)` in `[0, 255]`, and labels,
        float32 `(batch_size, 1)`. If `together`, crops are `(batch_size, per_image,
        size, size, 3)`.
    """
    pictures = Pictures(
        source.random_access(),
        source.count,
        resize=resize,
        limit=DECODED_BYTES // part.feeders,
    )
    mos = source.scores

    def element(epoch, position):
        number = permuted(position, elements, seed, epoch)
        index = number // (elements // source.count)
        keys = ops.split_seed(ops.example_key(seed, epoch, index), per_image)
        if not together:
            keys = keys[None, tf.math.floormod(number, per_image)]
        cut = pictures.random_crops(index, keys, size)
        label = [(tf.gather(mos, index) - offset) / scale]
        return (cut if together else cut[0]), label

    elements = source.count if together else source.count * per_image
    places = part.positions(epochs, steps=elements // batch_size, size=batch_size)
    cuts = places.map(element, num_parallel_calls=tf.data.AUTOTUNE)
    batches = part.marked(cuts.batch(part.share(batch_size), drop_remainder=True))
    return batches.map(lambda cut, mos: (tf.cast(cut, tf.float32), mos)).prefetch(2)
