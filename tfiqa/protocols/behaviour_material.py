"""What a scorer says of scenes, of distorted versions and of harmless changes."""

import dataclasses
import io
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import WATERLOO
from tfiqa.distortions import Distortion
from tfiqa.distortions import distort
from tfiqa.distortions import stretch
from tfiqa.protocols.waterloo_material import FULL_REFERENCE
from tfiqa.protocols.waterloo_material import OnMaterial

LEVELS = (1, 2, 3, 4, 5)

# Types whose severity rises with the level.
ORDERED = tuple(name for name, row in DISTORTIONS.items() if row.ordered)

Predict = Callable[[np.ndarray], float]


@dataclasses.dataclass(frozen=True)
class Scores:
    """What a scorer says of every version of every scene, NaN where it says nothing.

    Attributes:
        pristine: `(scenes,)`.
        bank: `(scenes, types, 5)`, by type, in the order of `ORDERED`, and level.
        waterloo: `(scenes, 4, 5)`, by type, in the order of `WATERLOO`, and level.
        changed: By the name of a harmless change, `(scenes,)`.
        full_reference: By measure, what it says of the Waterloo versions.
    """

    pristine: np.ndarray
    bank: np.ndarray
    waterloo: np.ndarray
    changed: dict[str, np.ndarray]
    full_reference: dict[str, OnMaterial]


def measure(
    predict: Predict,
    scenes: Iterable[np.ndarray],
    *,
    seed: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> Scores:
    """Returns the scores of a battery of versions of scenes.

    The bank of KADID-10k stretches pictures to the full range. So does this, once,
    with each scene, so that a scene and its versions differ by the distortion alone.

    Args:
        predict: From a picture uint8 `(height, width, 3)` to its score, NaN for none.
        scenes: Such pictures without distortions, sides of 176 pixels or more.
        seed: Of what is random in distortions.
        progress: Called with the number of scenes done after each.

    Raises:
        ValueError: If there are no scenes, or of one that is too small.
    """
    rows = []
    for index, scene in enumerate(scenes):
        rows.append(_of_scene(predict, stretched(scene), (seed, index)))
        progress(index + 1)
    if not rows:
        raise ValueError("Scenes without distortions are expected. Received: none")
    return _stacked(rows)


def stretched(scene: np.ndarray) -> np.ndarray:
    """Returns a scene from 0 to 255, uint8 of the same shape."""
    return _rounded(stretch(tf.constant(scene[None])))[0]


def versions(
    scene: np.ndarray,
    name: str,
    seed: tuple[int, int],
    bank: Mapping[str, Distortion] = DISTORTIONS,
    levels: Sequence[int] = LEVELS,
) -> np.ndarray:
    """Returns a scene under levels of a type, uint8 `(levels, height, width, 3)`."""
    copies = np.repeat(scene[None], len(levels), axis=0)
    return _rounded(distort(copies, name, list(levels), seed, bank=bank))


def with_noise(scene: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Adds Gaussian noise of one of 255 levels, which nobody sees."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, scene.shape)
    return np.clip(np.rint(scene + noise), 0, 255).astype(np.uint8)


def flipped(scene: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Exchanges left and right."""
    del seed
    return np.ascontiguousarray(scene[:, ::-1])


def in_fine_jpeg(scene: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Compresses and decodes by JPEG of quality 95."""
    del seed
    file = io.BytesIO()
    Image.fromarray(scene).save(file, "JPEG", quality=95)
    return np.asarray(Image.open(file))


def at_half_size(scene: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    """Halves both sides with an antialiased bicubic filter."""
    del seed
    size = (scene.shape[1] // 2, scene.shape[0] // 2)
    picture = Image.fromarray(scene)
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC))


# Changes that hardly anybody sees, or that say nothing about quality.
CHANGES: dict[str, Callable[[np.ndarray, tuple[int, int]], np.ndarray]] = {
    "noise of one level": with_noise,
    "flip": flipped,
    "JPEG quality 95": in_fine_jpeg,
    "half size": at_half_size,
}


def _of_scene(
    predict: Predict, scene: np.ndarray, seed: tuple[int, int]
) -> dict[str, Any]:
    """Returns all scores of one scene, by the names of `Scores`."""
    waterloo = [versions(scene, name, seed, WATERLOO) for name in WATERLOO]
    return {
        "pristine": predict(scene),
        "bank": [
            [predict(version) for version in versions(scene, name, seed)]
            for name in ORDERED
        ],
        "waterloo": [[predict(one) for one in levels] for levels in waterloo],
        "changed": {name: predict(f(scene, seed)) for name, f in CHANGES.items()},
        "full_reference": {
            name: [[value(scene, one) for one in levels] for levels in waterloo]
            for name, (value, _) in FULL_REFERENCE.items()
        },
    }


def _stacked(rows: list[dict[str, Any]]) -> Scores:
    def column(name: str, key: str | None = None) -> np.ndarray:
        values = [row[name] if key is None else row[name][key] for row in rows]
        return np.array(values, np.float64)

    return Scores(
        pristine=column("pristine"),
        bank=column("bank"),
        waterloo=column("waterloo"),
        changed={name: column("changed", name) for name in CHANGES},
        full_reference={
            name: OnMaterial(
                np.full(len(rows), perfect), column("full_reference", name)
            )
            for name, (_, perfect) in FULL_REFERENCE.items()
        },
    )


def _rounded(pictures: Any) -> np.ndarray:
    return np.clip(np.rint(np.asarray(pictures)), 0, 255).astype(np.uint8)
