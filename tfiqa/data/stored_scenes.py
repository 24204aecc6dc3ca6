"""Scenes whose versions a dataset stores: a reference and its distorted images.

Versions are drawn from the seed, the epoch and the scene, so a resumed training sees
the same ones.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.data.filtering import none_readable
from tfiqa.data.filtering import skip
from tfiqa.data.images import Images
from tfiqa.data.order import permuted
from tfiqa.data.stored_versions import StoredVersions
from tfiqa.data.stored_versions import concatenated

# Random scenes that are tried in place of an unreadable one, before all are.
_TRIES = 64

# Takes the name of a dataset, a type and a level.
Unchanged = Callable[[str, str, int], bool]


@dataclasses.dataclass(frozen=True, eq=False)
class StoredScenes:
    """The scenes of a dataset, each in some of its stored versions.

    A version that cannot be read, or that has another size than the others of its
    scene, is skipped for another one; a scene without enough of them likewise.

    Attributes:
        name: Name of the images in records.
        sources: The images of the dataset, in one or more sources.
        size: Number of versions of a scene that are drawn, including its reference if
            that is stored.
        types: `"one"` if all versions that are drawn have one type of distortion,
            `"any"` otherwise.
        kinds: int, number of the type of each image, over all sources.
        members: Numbers of the distorted images of each scene, over all sources.
        originals: Number of the reference of each scene; -1 if it is not stored.
    """

    name: str
    sources: tuple[Images, ...]
    size: int
    types: str
    kinds: np.ndarray
    members: list[np.ndarray]
    originals: np.ndarray

    @property
    def count(self) -> int:
        """Number of scenes, and of stacks in an epoch."""
        return len(self.members)

    def at(self, seed: int, epoch: Any, position: tf.Tensor) -> dict[str, tf.Tensor]:
        """Returns the versions of the scene at a position; runs inside `tf.data`.

        Args:
            seed: Seed of the run.
            epoch: Index of the epoch, an integer or an integer scalar.
            position: Integer scalar, from 0 to `count - 1`.

        Returns:
            A dict of `image`, uint8 `(size, height, width, 3)`, the reference first if
            it is stored, and `index`, int64, which identifies the scene in all epochs.
        """
        number = permuted(position, self.count, seed, epoch)
        index, stack = tf.numpy_function(
            functools.partial(self.fetch, seed),
            [tf.cast(epoch, tf.int64), number],
            (tf.int64, tf.uint8),
            stateful=False,
        )
        stack = tf.ensure_shape(stack, (self.size, None, None, 3))
        return {"image": stack, "index": tf.ensure_shape(index, ())}

    def check_batch(self, size: int) -> None:
        """Raises an error unless a batch of `size` scenes can be filled."""
        if self.count < size:
            raise ValueError(
                f"At least as many scenes as a batch takes, {size}, are expected. "
                f"Received: {self.name!r}, where {self.count} have {self.size} versions"
            )

    def fetch(self, seed: int, epoch: int, number: int) -> tuple[np.int64, np.ndarray]:
        """Returns index and versions of a scene, or of its replacement.

        Raises:
            ValueError: If no scene has enough readable versions.
        """
        for scene in self._candidates(seed, int(epoch), int(number)):
            stack = self._stack(seed, int(epoch), scene)
            if stack is not None:
                return np.int64(scene), stack
        raise ValueError(none_readable(self.name))

    def drawn(self, seed: int, epoch: int, scene: int) -> list[int]:
        """Returns numbers of images: the versions of a scene, then their substitutes.

        The first one is the reference if that is stored.
        """
        rng = np.random.default_rng([seed, epoch, scene])
        members, original = self.members[scene], self.originals[scene]
        first = [] if original < 0 else [int(original)]
        if self.types == "one":
            found, counts = np.unique(self.kinds[members], return_counts=True)
            kind = rng.choice(found[counts >= self.size - len(first)])
            members = members[self.kinds[members] == kind]
        return [*first, *rng.permutation(members).tolist()]

    def _candidates(self, seed: int, epoch: int, number: int) -> Iterator[int]:
        """Yields a scene, and those that may take its place."""
        yield number
        rng = np.random.default_rng([seed, epoch, number, 1])
        yield from rng.integers(self.count, size=_TRIES).tolist()
        yield from range(self.count)

    def _stack(self, seed: int, epoch: int, scene: int) -> np.ndarray | None:
        """Returns the versions of a scene; None if too few of them are readable."""
        found: list[np.ndarray] = []
        for number in self.drawn(seed, epoch, scene):
            pixels = self._pixels(seed, number, found)
            if pixels is not None:
                found.append(pixels)
            elif number == self.originals[scene]:
                return None
            if len(found) == self.size:
                return np.stack(found)
        return None

    def _pixels(
        self, seed: int, number: int, others: list[np.ndarray]
    ) -> np.ndarray | None:
        """Returns an image of the same size as others; None if it is skipped."""
        ends = np.cumsum([source.count for source in self.sources])
        position = int(np.searchsorted(ends, number, side="right"))
        source = self.sources[position]
        index = number - int(ends[position]) + source.count
        pixels = source.decoded(seed, index)
        if pixels is None or not others or pixels.shape == others[0].shape:
            return pixels
        (height, width), (rows, columns) = pixels.shape[:2], others[0].shape[:2]
        reason = (
            "Versions of one size are expected for a scene. "
            f"Received: {height}x{width} beside {rows}x{columns}"
        )
        skip(
            source.names[index] if source.names else str(index), reason, source.skipped
        )
        return None


def stored_scenes(
    images: Images, *, size: int, types: str, unchanged: Unchanged
) -> StoredScenes:
    """Returns the scenes of the distorted images among `images`.

    References are taken from all images of the same dataset: those of
    `kadis700k/pristine` beside `kadis700k/distorted`, or the undistorted images of a
    dataset that stores both. A scene with fewer versions than needed is left out.

    Args:
        images: Images, at least one source of them distorted.
        size: Number of versions of a scene, including its reference if that is stored.
        types: `"one"` or `"any"`; see `StoredScenes`.
        unchanged: Says which versions equal their reference; these are left out.

    Raises:
        ValueError: If distorted images are of several datasets, or no scene has enough
            versions.
    """
    sources = _of_one_dataset(images)
    stored = concatenated([source.versions for source in sources])
    assert stored is not None
    kinds = np.unique(stored.types, return_inverse=True)[1]
    scenes = np.unique(stored.references, return_inverse=True)[1]
    distorted = _distorted(stored, unchanged)
    numbers = np.argsort(scenes, kind="stable")
    ends = np.cumsum(np.bincount(scenes))
    members, originals = [], []
    for group in np.split(numbers, ends[:-1]):
        versions = group[distorted[group]]
        references = group[stored.types[group] == ""]
        needed = size - min(len(references), 1)
        same = np.bincount(kinds[versions], minlength=1).max()
        if (same if types == "one" else len(versions)) >= needed:
            members.append(versions)
            originals.append(references[0] if len(references) else -1)
    if not members:
        kind = "of one type " if types == "one" else ""
        raise ValueError(
            f"Scenes with {size} stored versions {kind}each, including the reference, "
            f"are expected. Received: {images.name}, where none has as many"
        )
    return StoredScenes(
        images.name, sources, size, types, kinds, members, np.array(originals)
    )


def _of_one_dataset(images: Images) -> tuple[Images, ...]:
    """Returns the sources of the dataset of the distorted images."""
    datasets = {_dataset_of(source) for source in images.distorted}
    if len(datasets) != 1:
        raise ValueError(
            "Distorted images of one dataset are expected. "
            f"Received: --images {images.name}"
        )
    return tuple(one for one in images.sources if _dataset_of(one) in datasets)


def _dataset_of(source: Images) -> str:
    """Returns the name of a dataset that stores types of distortions, or ""."""
    return "" if source.versions is None else source.versions.dataset


def _distorted(stored: StoredVersions, unchanged: Unchanged) -> np.ndarray:
    """Returns which images differ from their reference, bool `(n,)`."""
    pairs = list(zip(stored.types.tolist(), stored.levels.tolist(), strict=True))
    differs = {
        (name, level): name != "" and not unchanged(stored.dataset, name, level)
        for name, level in set(pairs)
    }
    return np.array([differs[pair] for pair in pairs], bool)
