"""Features of photographs, of scenes and of their versions, cached on disk."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from tfiqa import trainers
from tfiqa.data.images import Images
from tfiqa.data.load import Source
from tfiqa.data.ops import decode_example
from tfiqa.data.sources import Sources
from tfiqa.methods.frozen_trunk import versions
from tfiqa.methods.frozen_trunk.config import Config

if TYPE_CHECKING:
    import tensorflow as tf

# From a uint8 image `(height, width, 3)` to its features `(d,)`.
Read = Callable[[np.ndarray], np.ndarray]


def of_photographs(read: Read, source: Source, run: trainers.Run, name: str):
    """Returns the features of labeled photographs, float32 `(count, d)`."""

    def images_from(first: int) -> Iterator[np.ndarray]:
        rows = source.examples.skip(first).map(decode_example).as_numpy_iterator()
        return (row["image"] for row in rows)

    return trainers.extract(read, images_from, source.count, run=run, name=name)


def of_scenes(
    read: Read,
    scenes: tf.data.Dataset,
    plans: list[versions.Plan],
    run: trainers.Run,
    *,
    side: int,
) -> np.ndarray:
    """Returns the features of all versions of scenes, float32 `(rows, d)`.

    Args:
        read: Function from an image to its features.
        scenes: Scenes of `scenes_of`, one for each plan.
        plans: The versions of each scene; all plans have equally many rows.
        run: Caches the features in its folder; see `trainers.extract`.
        side: Longest side of a scene.
    """
    rows = plans[0].count

    def images_from(first: int) -> Iterator[np.ndarray]:
        first_scene, skipped = divmod(first, rows)
        for index, scene in enumerate(
            scenes.skip(first_scene).as_numpy_iterator(), first_scene
        ):
            made = versions.make(scene, plans[index], run.seed, index, side=side)
            yield from made[skipped:]
            skipped = 0

    return trainers.extract(
        read, images_from, rows * len(plans), run=run, name="scenes"
    )


def scenes_of(
    config: Config, sources: Sources, seed: int
) -> tuple[tf.data.Dataset, np.ndarray]:
    """Returns the scenes in a fixed order, and which of them are without distortions.

    Those of `sources.images` come first. Photographs serve as scenes too: distortion
    makes a photograph worse, whatever its own quality.

    Returns:
        A dataset of uint8 `(height, width, 3)`, and a boolean array `(scenes,)`.
    """
    sources_and_limits = [(sources.unlabeled(), config.scenes)]
    if sources.authentic_images is not None and config.photographs:
        sources_and_limits.append((sources.authentic_images, config.photographs))
    datasets, pristine = [], []
    for number, (images, limit) in enumerate(sources_and_limits):
        count = min(limit, images.count)
        datasets.append(_scene_dataset(images, seed, count))
        pristine += [number == 0] * count
    scenes = datasets[0]
    for other in datasets[1:]:
        scenes = scenes.concatenate(other)
    return scenes, np.array(pristine)


def _scene_dataset(images: Images, seed: int, count: int) -> tf.data.Dataset:
    return images.epoch(seed, 0).take(count).map(lambda row: row["image"])
