"""NIQE without Keras: double precision in NumPy."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tfiqa.pixels.flatness import is_flat
from tfiqa.scoring.runtimes import light_file
from tfiqa.scoring.runtimes import niqe
from tfiqa.scoring.runtimes.base import Ends
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.runtimes.base import no_intervals
from tfiqa.scoring.runtimes.scratch import Scratch


class NumpyRuntime(Runtime):
    """Scores with the preset `niqe`.

    Args:
        scorer: Its `.keras` file, with the light file beside it.

    Raises:
        RuntimeUnavailableError: If the two files do not belong together.
    """

    name = "numpy"

    def __init__(self, scorer: Path):
        light = light_file.read(scorer)
        options = dict(light.layers)
        self._size = options["NIQEFeatures"]["size"]
        self._exact_zeros = options["NIQEFeatures"]["exact_zeros"]
        self._center = light.weights["distance/center"]
        self._whitening = light.weights["distance/whitening"]
        self._scratch = Scratch()
        self._mos: dict[str, Any] = options["MOS"]
        self.metadata = self._mos["metadata"]

    def predict(self, image: np.ndarray) -> float:
        """See `Runtime.predict`."""
        if min(image.shape[:2]) < self._size or is_flat(image):
            return math.nan
        patches = niqe.patch_features(
            image, self._size, exact_zeros=self._exact_zeros, scratch=self._scratch
        )
        mean = niqe.mean_features(patches)
        quality = niqe.distance(patches, mean, self._center, self._whitening)
        scale, offset = np.float32(self._mos["scale"]), np.float32(self._mos["offset"])
        return float(np.float32(quality) * scale + offset)

    @property
    def is_calibrated(self) -> bool:
        """See `Runtime.is_calibrated`."""
        return False

    def interval(self, scores: ArrayLike) -> Ends:
        """See `Runtime.interval`."""
        del scores
        raise no_intervals(self.metadata["method"])
