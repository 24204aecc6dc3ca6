"""SavedModels that `tfiqa.export.saved_model` wrote, which need TensorFlow alone."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfiqa.beam.settings import SAVED_MODEL
from tfiqa.pixels.flatness import is_flat
from tfiqa.scoring.runtimes.base import Ends
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.runtimes.base import interpolated_interval
from tfiqa.scoring.runtimes.base import no_intervals
from tfiqa.scoring.runtimes.tiles import share_of_crops

_EXPECTED = "A SavedModel that `tfiqa.export.saved_model` wrote is expected."


class SavedModelRuntime(Runtime):
    """Scores with a SavedModel; images are decoded as for every other scorer.

    Args:
        folder: The SavedModel.

    Raises:
        ValueError: If it has no signature `pixels`, or no metadata.
    """

    name = SAVED_MODEL
    concurrent = False  # TensorFlow uses all cores by itself.

    def __init__(self, folder: Path):
        try:
            text = (folder / "assets" / "metadata.json").read_text("utf-8")
            self.metadata: dict[str, Any] = json.loads(text)
            self._model: Any = tf.saved_model.load(str(folder))  # Owns the variables.
            self._run = self._model.signatures["pixels"]
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"{_EXPECTED} Received: {folder}") from error

    def predict(self, image: np.ndarray) -> float:
        """See `Runtime.predict`."""
        if is_flat(image):
            return math.nan
        return float(self._run(pixels=tf.constant(image[None]))["mos"][0, 0])

    @property
    def is_calibrated(self) -> bool:
        """See `Runtime.is_calibrated`."""
        return "calibration" in self.metadata

    def interval(self, scores: ArrayLike) -> Ends:
        """See `Runtime.interval`."""
        known = self.metadata.get("intervals")
        if known is None:
            raise no_intervals(str(self.metadata.get("method")))
        return interpolated_interval(scores, known["knots"], known["widths"])

    def covered_share(self, height: int, width: int) -> float:
        """See `Runtime.covered_share`."""
        return share_of_crops(self.metadata, height, width)
