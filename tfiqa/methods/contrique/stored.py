"""Classes of images that a dataset stores distorted, such as `kadis700k/distorted`.

This is what the authors trained on: versions in files, with their type and level.
"""

import numpy as np

from tfiqa.data.images import Images
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import LEVELS
from tfiqa.distortions.unchanged import stored_unchanged
from tfiqa.methods.contrique.config import PRISTINE
from tfiqa.methods.contrique.config import Config


def stored_labels(images: Images, config: Config) -> np.ndarray | None:
    """Returns the class of each image by its index, int32, or None without versions.

    Classes have the numbers of `batches`; undistorted images are pristine. So are
    levels of KADID-10k's bank that equal their source, unless they are classes.

    Raises:
        ValueError: If distorted images are mixed with others, or a type or a level is
            not among those of KADID-10k.
    """
    if not images.distorted:
        return None
    versions = images.versions
    if versions is None:
        raise ValueError(
            "Distorted images of one dataset, without any other images, are expected, "
            "since types and levels are those of this dataset. "
            f"Received: --images {images.name}"
        )
    pairs = list(zip(versions.types.tolist(), versions.levels.tolist(), strict=True))
    merges = not config.unchanged_classes
    classes = {
        (name, level): _label(
            *(name, level),
            merged=merges and stored_unchanged(versions.dataset, name, level),
        )
        for name, level in set(pairs)
    }
    unknown = sorted(pair for pair, label in classes.items() if label is None)
    if unknown:
        raise ValueError(
            f"Types among {', '.join(DISTORTIONS)}, at levels from 1 to {LEVELS}, are "
            f"expected. Received: {images.name} with {unknown[:3]}"
        )
    return np.array([classes[pair] for pair in pairs], np.int32)


def _label(name: str, level: int, *, merged: bool) -> int | None:
    """Returns the class of a type at a level, None if there is none."""
    if name == "":
        return PRISTINE
    if name not in DISTORTIONS or not 1 <= level <= LEVELS:
        return None
    return PRISTINE if merged else DISTORTIONS[name].label(level)
