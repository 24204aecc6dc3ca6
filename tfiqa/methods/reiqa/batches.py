"""Batches of queries and keys for momentum contrast.

Everything is drawn from the seed of the run, the epoch and the index of an image, so a
resumed training sees the same batches.
"""

import functools
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfiqa.data import content_views
from tfiqa.data import epochs as pipelines
from tfiqa.data import views
from tfiqa.data.images import Images
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.methods.reiqa.chunks import Member
from tfiqa.methods.reiqa.chunks import chunk
from tfiqa.methods.reiqa.chunks import is_float
from tfiqa.methods.reiqa.chunks import same_pixels
from tfiqa.methods.reiqa.config import Config

# From this number of chunks on, tracing a graph for each type and level pays off.
_WORTH_TRACING = 500


def steps_per_epoch(images: Images, config: Config) -> int:
    """Returns the number of full batches in an epoch.

    Raises:
        ValueError: If there are fewer images than a batch takes.
    """
    images.check_batch(config.batch_size)
    return images.count // config.batch_size


def batches(
    images: Images, config: Config, *, seed: int, epochs: range, part: Part = WHOLE
) -> Any:
    """Returns the batches of all `epochs`, one epoch after another.

    Args:
        images: The images.
        config: Config of one expert; see `Config.alone`.
        seed: Seed of the run.
        epochs: Indices of the epochs. Each has `steps_per_epoch` batches.
        part: The batches that are made, and the images of each.

    Returns:
        A `tf.data.Dataset` of `(queries, keys)`, `(n, patch_size, patch_size, 3)` in
        `[0, 255]`: uint8, or float32 for the content expert and for the released
        options, which may exceed the range. For the content
        expert `n` is `batch_size`; for the quality expert it is `batch_size * scales *
        (n_aug + 1)`: image by image, scale by scale, the undistorted image first. If
        `negatives` are those of the batch, the quality expert also gets int32 `(n,)`:
        the same integer for members with the same pixels, at both scales, which are no
        negatives of one another.

    Raises:
        ValueError: If there are fewer images than a batch takes, or the config is that
            of both experts.
    """
    if config.expert not in _BATCHES:
        raise ValueError(
            f"`expert` must be one of {', '.join(_BATCHES)}. "
            f"Received: expert={config.expert!r}"
        )
    steps_per_epoch(images, config)
    make = _BATCHES[config.expert]
    return part.marked(make(images, config, seed=seed, epochs=epochs, part=part))


def _quality(
    images: Images, config: Config, *, seed: int, epochs: range, part: Part
) -> Any:
    """Returns batches of pairs of crops of chunks."""
    size, members = config.patch_size, config.scales * (config.n_aug + 1)
    chunks = chunk_elements(
        images,
        config,
        functools.partial(_chunk, config, seed),
        (
            ((2, members, size, size, 3), "float32" if is_float(config) else "uint8"),
            ((members,), "int32"),
        ),
        seed=seed,
        epochs=epochs,
        part=part,
    )
    own = part.share(config.batch_size)
    shape = (own * members, size, size, 3)

    def pairs(crops, groups):
        first, second = (pipelines.reshaped(crops[:, which], shape) for which in (0, 1))
        return as_inputs(config, first, second, pipelines.reshaped(groups, shape[:1]))

    return pipelines.batched(chunks, own).map(pairs)


def chunk_elements(
    images: Images,
    config: Config,
    function: Callable[..., tuple[np.ndarray, ...]],
    elements: Sequence[tuple[tuple[int, ...], str]],
    *,
    seed: int,
    epochs: range,
    part: Part,
) -> Any:
    """Returns a dataset of one element for each chunk of all epochs.

    Args:
        images: The images.
        config: Config of the quality expert.
        function: Takes whether graphs pay off, an image, its index and the epoch;
            returns arrays.
        elements: Shapes and types of the arrays.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        part: See `batches`.
    """
    per_epoch = steps_per_epoch(images, config) * config.batch_size
    # The same for a training that is resumed at a later epoch.
    traced = epochs.stop * per_epoch >= _WORTH_TRACING
    return pipelines.mapped(
        images,
        functools.partial(function, traced),
        pipelines.arrays(*elements),
        seed=seed,
        epochs=epochs,
        per_epoch=per_epoch,
        per_batch=config.batch_size,
        part=part,
    )


def as_inputs(config: Config, queries: Any, keys: Any, groups: Any) -> tuple[Any, ...]:
    """Returns a batch as a model takes it."""
    return (queries, keys) if config.negatives == "queue" else (queries, keys, groups)


def generator(seed: int, index: np.int64, epoch: np.int64) -> np.random.Generator:
    """Returns the generator of all random choices in a chunk."""
    return np.random.default_rng([seed, int(epoch), int(index)])


def equal_members(
    members: Sequence[Member], config: Config, index: np.int64
) -> np.ndarray:
    """Returns an integer for each crop of a chunk that crops of equal pixels share."""
    groups = int(index) * len(members) + same_pixels(members, config.bank)
    return np.tile(groups.astype(np.int32), config.scales)


def _chunk(
    config: Config,
    seed: int,
    traced: bool,
    image: np.ndarray,
    index: np.int64,
    epoch: np.int64,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the crops of a chunk, and what `equal_members` says of them."""
    rng = generator(seed, index, epoch)
    crops, members = chunk(image, config, rng, traced=traced)
    return crops, equal_members(members, config, index)


def _content(
    images: Images, config: Config, *, seed: int, epochs: range, part: Part
) -> Any:
    """Returns batches of two views of each image."""

    def pair(image, key):
        return content_views.two_views(image, key, size=config.patch_size)

    pairs = views.batches(
        images,
        pair,
        batch_size=config.batch_size,
        seed=seed,
        epochs=epochs,
        part=part,
    )
    return pairs.map(lambda pair: (pair[:, 0], pair[:, 1])).prefetch(1)


_BATCHES = {"quality": _quality, "content": _content}
