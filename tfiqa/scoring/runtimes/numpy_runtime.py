"""NIQE, BRISQUE and PIQE without Keras: double precision in NumPy."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tfiqa.pixels.flatness import is_flat
from tfiqa.scoring.runtimes import brisque
from tfiqa.scoring.runtimes import light_file
from tfiqa.scoring.runtimes import niqe
from tfiqa.scoring.runtimes import piqe
from tfiqa.scoring.runtimes.base import Ends
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.runtimes.base import no_intervals
from tfiqa.scoring.runtimes.scratch import Scratch

# From an image to its quality, before the scale and offset of `layers.MOS`.
Quality = Callable[[np.ndarray], float]


def _niqe(light: light_file.LightFile, scratch: Scratch) -> Quality:
    options = dict(light.layers)["NIQEFeatures"]
    size, exact_zeros = options["size"], options["exact_zeros"]
    center, whitening = (
        light.weights[f"distance/{name}"] for name in ("center", "whitening")
    )

    def quality(image):
        if min(image.shape[:2]) < size:
            return math.nan
        patches = niqe.patch_features(
            image, size, exact_zeros=exact_zeros, scratch=scratch
        )
        mean = niqe.mean_features(patches)
        return niqe.distance(patches, mean, center, whitening)

    return quality


def _brisque(light: light_file.LightFile, scratch: Scratch) -> Quality:
    options = dict(light.layers)
    exact_zeros = options["BRISQUEFeatures"]["exact_zeros"]
    gamma = options["SupportVectors"]["gamma"]

    def quality(image):
        features = brisque.features(image, exact_zeros=exact_zeros, scratch=scratch)
        return brisque.regress(features, light.weights, gamma)

    return quality


def _piqe(light: light_file.LightFile, scratch: Scratch) -> Quality:
    return lambda image: piqe.distance(image, scratch)


# By the class names of a scorer's layers, in order.
SCORERS: dict[tuple[str, ...], Callable[[light_file.LightFile, Scratch], Quality]] = {
    ("InputLayer", "NIQEFeatures", "PatchAverage", "NIQEDistance", "MOS"): _niqe,
    (
        *("InputLayer", "BRISQUEFeatures", "FeatureScaling", "SupportVectors"),
        "MOS",
    ): _brisque,
    (
        *("InputLayer", "PIQEBlocks", "GlobalAveragePooling2D", "PIQEDistance"),
        "MOS",
    ): _piqe,
}


def runs(layers: light_file.Layers) -> bool:
    """Returns whether this runtime supports a scorer.

    Args:
        layers: Class names and options of its layers, in order.
    """
    options = dict(layers)
    variant = options.get("BRISQUEFeatures", {}).get("variant", "ut")
    return _kinds(layers) in SCORERS and variant == "ut"


def _kinds(layers: light_file.Layers) -> tuple[str, ...]:
    return tuple(kind for kind, _ in layers)


class NumpyRuntime(Runtime):
    """Scores with a preset of `SCORERS`.

    Args:
        scorer: Its `.keras` file, with the light file beside it.

    Raises:
        RuntimeUnavailableError: If the two files do not belong together.
    """

    name = "numpy"

    def __init__(self, scorer: Path):
        light = light_file.read(scorer)
        self._quality = SCORERS[_kinds(light.layers)](light, Scratch())
        self._mos: dict[str, Any] = dict(light.layers)["MOS"]
        self.metadata = self._mos["metadata"]

    def predict(self, image: np.ndarray) -> float:
        """See `Runtime.predict`."""
        if is_flat(image):
            return math.nan
        quality = np.float32(self._quality(image))
        scale, offset = np.float32(self._mos["scale"]), np.float32(self._mos["offset"])
        return float(quality * scale + offset)

    @property
    def is_calibrated(self) -> bool:
        """See `Runtime.is_calibrated`."""
        return False

    def interval(self, scores: ArrayLike) -> Ends:
        """See `Runtime.interval`."""
        del scores
        raise no_intervals(self.metadata["method"])
