"""Chunks that the device of the training distorts and cuts.

The CPU decodes an image and draws the chunk, by the same generator as `batches`. It
sends the image as bytes once for all members; the device distorts it, halves it and
cuts the crops. The CPU finishes the members that need a codec, and all members of
images of another size than most have.
"""

import functools
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.data.common_size import common_size
from tfiqa.data.images import Images
from tfiqa.data.scaled_crops import scaled_crops
from tfiqa.distortions import BANKS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.grouped import FINISHED
from tfiqa.distortions.grouped import Jobs
from tfiqa.distortions.grouped import Kinds
from tfiqa.distortions.grouped import distort_grouped
from tfiqa.distortions.regional import distorted_bytes
from tfiqa.methods.reiqa import batches as drawing
from tfiqa.methods.reiqa.chunks import Chunk
from tfiqa.methods.reiqa.chunks import Member
from tfiqa.methods.reiqa.chunks import draw_chunk
from tfiqa.methods.reiqa.chunks import is_float
from tfiqa.methods.reiqa.chunks import large_enough
from tfiqa.methods.reiqa.config import Config

KINDS = {name: Kinds(bank) for name, bank in BANKS.items()}

TOGETHER = 4  # Images of one type and level that a kernel takes at once.

# Images whose results are held in float16 at once.
LARGEST_PART = 64


def refusal(config: Config) -> str:
    """Returns why chunks of a config need the CPU; empty if they do not."""
    if config.expert != "quality":
        return "the content expert's views are drawn by the pipeline"
    if is_float(config):
        return "crops of the released options are no bytes"
    return ""


def size_on_device(images: Images, config: Config, seed: int) -> tuple[int, int] | None:
    """Returns height and width of the images that the device distorts."""
    least = max(row.min_side for row in BANKS[config.bank].values())

    def size_of(image: np.ndarray) -> tuple[int, int]:
        height, width, _ = large_enough(image, least).shape
        return height, width

    return common_size(images, seed, size_of)


def batches(
    images: Images, config: Config, size: tuple[int, int], *, seed: int, epochs: range
) -> Any:
    """Returns what `finished` makes batches of, for all `epochs`.

    Args:
        images: The images.
        config: Config of the quality expert.
        size: Height and width of the images that the device distorts.
        seed: Seed of the run.
        epochs: Indices of the epochs.
    """
    members, scales, side = config.n_aug + 1, config.scales, config.patch_size
    elements = drawing.chunk_elements(
        images,
        config,
        functools.partial(_element, config, size, seed),
        (
            ((*size, 3), "uint8"),
            ((members,), "int32"),
            ((members, 2), "int32"),
            ((members, scales, 2, 2, side), "int32"),
            ((members, scales, 2, side, side, 3), "uint8"),
            ((scales * members,), "int32"),
        ),
        seed=seed,
        epochs=epochs,
    )
    batch = elements.batch(config.batch_size, drop_remainder=True)
    return batch.map(lambda *parts: (parts,)).prefetch(1)


def finished(config: Config, data: Any) -> tuple[Any, ...]:
    """Returns a batch as `drawing.batches` returns it, computed where it is called.

    Args:
        config: Config of the quality expert.
        data: An element of `batches`, or the share of it on one replica.
    """
    *inputs, groups = data[0]
    count = inputs[0].shape[0]
    part = _largest_part(count)
    crops = tf.map_fn(
        lambda start: _part(config, *(rows[start : start + part] for rows in inputs)),
        tf.range(0, count, part),
        fn_output_signature=tf.TensorSpec((part, *inputs[4].shape[1:]), tf.float16),
    )
    _, members, scales, crops_of_pair, *shape = inputs[4].shape
    crops = tf.reshape(crops, (count, members, scales, crops_of_pair, *shape))
    crops = tf.transpose(crops, (3, 0, 2, 1, 4, 5, 6))
    first, second = tf.unstack(
        tf.cast(tf.reshape(crops, (2, count * scales * members, *shape)), tf.uint8)
    )
    return drawing.as_inputs(config, first, second, tf.reshape(groups, (-1,)))


def _part(
    config: Config,
    images: tf.Tensor,
    kinds: Any,
    keys: tf.Tensor,
    lines: tf.Tensor,
    crops: tf.Tensor,
) -> tf.Tensor:
    """Returns the crops of some images, float16 of the shape of `crops`."""
    count, members = tuple(kinds.shape)
    lines, finished_crops = (
        tf.reshape(rows, (count * members, *rows.shape[2:])) for rows in (lines, crops)
    )
    result = distort_grouped(
        images,
        Jobs(
            tf.repeat(tf.range(count), members),
            tf.reshape(kinds, (-1,)),
            tf.reshape(keys, (-1, 2)),
            (lines,),
        ),
        finished_crops,
        kinds=KINDS[config.bank],
        run=_RUNS[config.bank == "released"],
        finish=_crops,
        together=TOGETHER,
    )
    return tf.reshape(result, crops.shape)


def _crops(images: tf.Tensor, lines: tf.Tensor) -> tf.Tensor:
    return scaled_crops(images, lines[:, :, :, 0], lines[:, :, :, 1], halving="bicubic")


def _run(
    truncated: bool,
    distortion: Distortion,
    level: int,
    images: tf.Tensor,
    keys: tf.Tensor,
) -> tf.Tensor:
    return distorted_bytes(distortion, level, truncated, images, keys)


# One object each, by which compiled kernels are found again.
_RUNS = {truncated: functools.partial(_run, truncated) for truncated in (False, True)}


def _largest_part(count: int) -> int:
    """Returns the largest divisor of a number up to `LARGEST_PART`."""
    return max(part for part in range(1, LARGEST_PART + 1) if count % part == 0)


def _element(
    config: Config,
    size: tuple[int, int],
    seed: int,
    traced: bool,
    image: np.ndarray,
    index: np.int64,
    epoch: np.int64,
) -> tuple[np.ndarray, ...]:
    """Returns what the device needs to know of a chunk."""
    drawn = draw_chunk(image, config, drawing.generator(seed, index, epoch))
    members, scales, side = len(drawn.members), len(drawn.scales), config.patch_size
    fits = drawn.image.shape[:2] == size
    varied = bool(np.ptp(drawn.image) > 0)  # Constant images stay as they are.
    kinds = np.full(members, FINISHED, np.int32)
    if fits:
        kinds[:] = [_kind(member, config, varied=varied) for member in drawn.members]
    crops = np.zeros((members, scales, 2, side, side, 3), np.uint8)
    for number in np.flatnonzero(kinds == FINISHED).tolist():
        for scale, both in enumerate(drawn.crops(number, config, traced=traced)):
            crops[number, scale, 0], crops[number, scale, 1] = both
    return (
        drawn.image if fits else np.zeros((*size, 3), np.uint8),
        kinds,
        np.array([member.key for member in drawn.members], np.int32),
        _lines(drawn, config),
        crops,
        drawing.equal_members(drawn.members, config, index),
    )


def _kind(member: Member, config: Config, *, varied: bool) -> int:
    kinds = KINDS[config.bank]
    if member.name is None or not varied:
        return kinds.unchanged
    return kinds.of(member.name, member.level)


def _lines(drawn: Chunk, config: Config) -> np.ndarray:
    """Returns rows and columns of the crops of each member, exchanged where they are.

    int32 `(members, scales, 2, 2, size)`.
    """
    of_scales = [pair.lines_of_crops() for pair in drawn.pairs]
    return np.array(
        [
            [
                lines[::-1]
                if config.swap != "none" and drawn.exchanges(number, scale)
                else lines
                for scale, lines in enumerate(of_scales)
            ]
            for number in range(len(drawn.members))
        ],
        np.int32,
    )
