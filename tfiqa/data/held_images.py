"""Images that a training without scores holds back, to look at what it learns."""

import dataclasses

import tensorflow as tf

from tfiqa.data.images import Images


def held_out(images: Images, count: int, *, seed: int) -> tuple[Images, Images]:
    """Returns the images without some that are drawn, and these.

    Args:
        images: The images, more than `count`.
        count: Number of images to hold back.
        seed: Seed of the run; equal seeds draw the same.

    Raises:
        ValueError: If no more images than `count` can be read.
    """
    held: dict[int, None] = {}
    order = images.epoch(seed, 0).map(lambda example: example["index"])
    for index in order.as_numpy_iterator():
        if len(held) == count:
            break
        held.setdefault(int(index))
    else:
        raise ValueError(
            f"More readable images than are held back are expected. Received: {count} "
            f"to hold back of {len(held)} in {images.name!r}"
        )
    indices = tf.constant(list(held), tf.int64)
    return (
        _filtered(images, indices, images.count - count, inside=False),
        _filtered(images, indices, count, inside=True),
    )


def _filtered(images: Images, indices: tf.Tensor, count: int, *, inside: bool):
    """Returns the images with these indices, or the others."""

    def wanted(example):
        return tf.equal(tf.reduce_any(example["index"] == indices), inside)

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        # An epoch repeats images in place of unreadable ones, which may be held.
        return images.epoch(seed, number).filter(wanted).repeat().take(count)

    return dataclasses.replace(images, count=count, epoch=epoch, parts=(images,))
