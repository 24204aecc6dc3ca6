"""Chunks that the device of the training distorts and cuts.

The CPU decodes an image and draws the chunk, by the same generator as `batches`. It
sends the image as bytes once for all members; the device distorts it, halves it and
cuts the crops. The CPU finishes the members that need a codec, and all members of
images of another size than most have.
"""

import functools
from typing import Any

import numpy as np

from tfiqa.data import epochs as pipelines
from tfiqa.data.common_size import common_size
from tfiqa.data.images import Images
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.distortions import BANKS
from tfiqa.distortions import device_crops
from tfiqa.distortions.grouped import FINISHED
from tfiqa.distortions.grouped import Kinds
from tfiqa.distortions.regional import kinds_of
from tfiqa.methods.reiqa import batches as drawing
from tfiqa.methods.reiqa.chunks import Chunk
from tfiqa.methods.reiqa.chunks import Member
from tfiqa.methods.reiqa.chunks import draw_chunk
from tfiqa.methods.reiqa.chunks import is_float
from tfiqa.methods.reiqa.chunks import large_enough
from tfiqa.methods.reiqa.config import Config

TOGETHER = 4  # Images of one type and level that a kernel takes at once.


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
    images: Images,
    config: Config,
    size: tuple[int, int],
    *,
    seed: int,
    epochs: range,
    part: Part = WHOLE,
) -> Any:
    """Returns what `finished` makes batches of, for all `epochs`.

    Args:
        images: The images.
        config: Config of the quality expert.
        size: Height and width of the images that the device distorts.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        part: See `drawing.batches`.
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
        part=part,
    )
    batches_of_parts = pipelines.batched(elements, part.share(config.batch_size))
    return part.marked(batches_of_parts.map(lambda *parts: (parts,)))


def finished(config: Config, data: Any) -> tuple[Any, ...]:
    """Returns a batch as `drawing.batches` returns it, computed where it is called.

    Args:
        config: Config of the quality expert.
        data: An element of `batches`, or the share of it on one replica.
    """
    *recipe, groups = data[0]
    crops = device_crops.distorted_crops(
        *recipe, of=_kinds(config), halving="bicubic", together=TOGETHER
    )
    first, second = device_crops.pairs_by_scale(crops)
    return drawing.as_inputs(config, first, second, pipelines.reshaped(groups, (-1,)))


def _kinds(config: Config) -> Kinds:
    return kinds_of(config.bank, truncated=config.bank == "released")


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
    kinds = _kinds(config)
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
