"""How similar features are: by overlap, by content and by distortion.

Re-IQA rests on three hypotheses about features of quality: crops of one image are more
similar the more they overlap; crops of different content are dissimilar; and so is one
crop under different distortions. They are measured here on scenes that nothing was
fitted to.

Reference:
    Saha et al., "Re-IQA: unsupervised learning for image quality assessment in the
    wild", CVPR 2023, section 3.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable

import numpy as np

from tfiqa.distortions.regional import distort_region
from tfiqa.distortions.regions import Box

# Shares of overlap with the crop, besides the crop itself.
OVERLAPS = (0.0, 0.2, 0.4, 0.6, 0.8)
LEVELS = (1, 3, 5)

# One type of each group of KADID-10k, none of which leaves images unchanged at level 1.
TYPES = (
    *("lens_blur", "color_diffusion", "jpeg", "white_noise", "darken"),
    *("pixelate", "sharpen"),
)


@dataclasses.dataclass(frozen=True)
class Similarities:
    """Cosine similarities of features, after their mean is subtracted.

    Attributes:
        overlap: `(n, overlaps)`, of two crops of an image under one distortion, by
            `OVERLAPS`.
        content: Similarities of two crops under one distortion, by how content differs.
        distortion: Similarities of one crop under two distortions, by how these differ.
    """

    overlap: np.ndarray
    content: dict[str, np.ndarray]
    distortion: dict[str, np.ndarray]


def similarities(
    read: Callable[[np.ndarray], np.ndarray],
    scenes: Iterable[np.ndarray],
    *,
    on_scene: Callable[[int], None] = lambda done: None,
) -> Similarities:
    """Returns the similarities that test the three hypotheses.

    Args:
        read: Function from an image, uint8 `(height, width, 3)`, to features `(d,)`.
        scenes: Such images. Crops have half the length of the shorter side.
        on_scene: Called after each scene with the number of scenes done.

    Raises:
        ValueError: If there is only one scene.
    """
    features = []
    for index, scene in enumerate(scenes):
        features.append(_features(read, scene, index))
        on_scene(index + 1)
    if len(features) < 2:
        raise ValueError(f"At least 2 scenes are expected. Received: {len(features)}")
    unit = np.array(features, np.float64)
    unit -= unit.mean(axis=(0, 1, 2))
    unit /= np.maximum(np.linalg.norm(unit, axis=-1, keepdims=True), 1e-12)
    crop = unit[:, :, 0]
    overlap = np.einsum("scd,scod->sco", crop, unit[:, :, 1:])
    others = np.roll(crop, 1, axis=0)  # Each scene is paired with the one before it.
    return Similarities(
        overlap.reshape(-1, len(OVERLAPS)),
        {
            "same image,\nno overlap": overlap[:, :, 0].ravel(),
            "other image": np.einsum("scd,scd->sc", crop, others).ravel(),
        },
        _by_distortion(np.einsum("sad,sbd->sab", crop, crop)),
    )


def _features(
    read: Callable[[np.ndarray], np.ndarray], scene: np.ndarray, index: int
) -> list[list[np.ndarray]]:
    """Returns the features of crops of a scene, distortion by distortion."""
    boxes = _boxes(scene.shape[0], scene.shape[1], np.random.default_rng(index))
    return [
        [read(distort_region(scene, box, name, level, (index, 0))) for box in boxes]
        for name in TYPES
        for level in LEVELS
    ]


def _boxes(height: int, width: int, rng: np.random.Generator) -> list[Box]:
    """Returns a crop, and crops that overlap it, shifted along the longer side."""
    size, across = min(height, width) // 2, width >= height
    # Everything that does not affect the overlap is drawn.
    side = int(rng.integers(min(height, width) - size + 1))
    start = int(rng.integers(max(height, width) - 2 * size + 1))
    backwards = rng.random() < 0.5
    boxes = []
    for overlap in (1.0, *OVERLAPS):
        moved = round(size * (1.0 - overlap))
        position = start + (size - moved if backwards else moved)
        corner = (side, position) if across else (position, side)
        boxes.append(Box(*corner, size, size))
    return boxes


def _by_distortion(matrix: np.ndarray) -> dict[str, np.ndarray]:
    """Returns similarities by kind, from those of all distortions `(scenes, n, n)`."""
    types, levels = np.divmod(np.arange(matrix.shape[1]), len(LEVELS))
    levels = np.array(LEVELS)[levels]
    same = types[:, None] == types
    apart = np.abs(levels[:, None] - levels)
    upper = np.triu(np.ones_like(same), 1)
    return {
        "2 levels\napart": matrix[:, upper & same & (apart == 2)].ravel(),
        "4 levels\napart": matrix[:, upper & same & (apart == 4)].ravel(),
        "other type,\nsame level": matrix[:, upper & ~same & (apart == 0)].ravel(),
    }
