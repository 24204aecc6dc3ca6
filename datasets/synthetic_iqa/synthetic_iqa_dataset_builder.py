"""Dead leaves under all 25 distortions, with a proxy of their quality.

Nothing is downloaded and nobody rated the images: the score is a full-reference measure
mapped to [0, 100], and is called a proxy wherever it is shown.
"""

import dataclasses
import functools
import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from tfiqa import distortions
from tfiqa import synthetic

LEVELS = 5

# How fast the proxy falls: at 4, five levels of common distortions span 10 to 100.
_PROXY_RATE = 4.0


@dataclasses.dataclass(kw_only=True)
class Config(tfds.core.BuilderConfig):
    """How many scenes, and their side in pixels (MS-SSIM needs at least 176)."""

    scenes: int
    side: int


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds scenes of dead leaves: each pristine, and once under each distortion."""

    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {
        "2.0.0": "All 25 types of the distortion bank.",
        "1.0.0": "Gaussian blur, white noise and JPEG.",
    }
    BUILDER_CONFIGS = [
        Config(name="scenes_40", scenes=40, side=256, description="The default."),
        Config(name="scenes_4", scenes=4, side=192, description="For quick tests."),
    ]

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "image_id": tfds.features.Text(),
                    "mos": tfds.features.Scalar(np.float32),
                    "reference_id": tfds.features.Text(),
                    "distortion": tfds.features.Text(),
                    "level": tfds.features.Scalar(np.int32),
                }
            ),
            metadata=tfds.core.MetadataDict(
                higher_is_better=True,
                range=[0.0, 100.0],
                unit="proxy (MS-SSIM, 0 to 100)",
            ),
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        del dl_manager  # Nothing to download.
        return {"train": self._generate_examples()}

    def _generate_examples(self) -> Iterator[tuple[str, dict[str, Any]]]:
        config: Any = self.builder_config
        worst, best = np.inf, -np.inf
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            make = functools.partial(_versions, side=config.side)
            for example in itertools.chain.from_iterable(
                threads.map(make, range(config.scenes))
            ):
                worst, best = min(worst, example["mos"]), max(best, example["mos"])
                yield example["image_id"], example
        self.info.metadata["observed_range"] = [worst, best]


def proxy(images: tf.Tensor, reference: tf.Tensor) -> tf.Tensor:
    """Returns `100 exp(-4 sqrt(1 - MS-SSIM))`, 100 for a perfect copy.

    The map is monotone, so it keeps the ranks of MS-SSIM (Wang, Simoncelli and Bovik,
    2003). It spreads the values that crowd near 1: MS-SSIM of .999, .99, .95 and .8
    become 88, 67, 41 and 17.

    Args:
        images: float32 `(batch, height, width, 3)` in `[0, 255]`.
        reference: float32 `(height, width, 3)` in the same units.

    Returns:
        float32 `(batch,)`.
    """
    references = tf.broadcast_to(reference, tf.shape(images))
    similarity = tf.image.ssim_multiscale(images, references, 255.0)
    loss = 1.0 - tf.clip_by_value(similarity, 0.0, 1.0)
    return 100.0 * tf.exp(-_PROXY_RATE * tf.sqrt(loss))


def levels(scene: int) -> np.ndarray:
    """Returns the level of each type in a scene; five scenes cover all pairs."""
    numbers = np.array([row.number for row in distortions.DISTORTIONS.values()])
    return 1 + (numbers + scene) % LEVELS


def _versions(scene: int, side: int) -> list[dict[str, Any]]:
    """Returns the examples of one scene, the pristine one first."""
    pristine = tf.constant(synthetic.dead_leaves(scene, side), tf.float32)
    names = ["pristine", *distortions.DISTORTIONS]
    own = [0, *levels(scene)]
    images = tf.concat([pristine[None], _distorted(pristine, scene)], axis=0)
    scores = proxy(images, distortions.stretch(pristine[None])[0]).numpy()
    encoded = [tf.io.encode_png(pixels).numpy() for pixels in tf.cast(images, tf.uint8)]
    return [
        {
            "image": image,
            "image_id": f"{scene:04d}_{name}_{level}.png",
            "mos": float(score),
            "reference_id": f"{scene:04d}",
            "distortion": name,
            "level": int(level),
        }
        for name, level, image, score in zip(names, own, encoded, scores, strict=True)
    ]


def _distorted(pristine: tf.Tensor, scene: int) -> tf.Tensor:
    """Returns a scene under all types, float32 integers in `[0, 255]`."""
    types = list(distortions.DISTORTIONS)
    copies = tf.repeat(pristine[None], len(types), axis=0)
    seeds = np.stack([np.full(len(types), scene), np.arange(len(types))], axis=1)
    distorted = distortions.distort(
        copies, types, levels(scene), seeds.astype(np.int32)
    )
    return tf.floor(tf.clip_by_value(distorted, 0.0, 255.0) + 0.5)
