"""Scorers in Keras, which runs all of them."""

import threading

import keras
import numpy as np
from numpy.typing import ArrayLike

from tfiqa.scoring import calibration
from tfiqa.scoring import scorer
from tfiqa.scoring.runtimes.base import Ends
from tfiqa.scoring.runtimes.base import Runtime


class KerasRuntime(Runtime):
    """Scores with a loaded scorer.

    Args:
        model: The scorer.

    Attributes:
        model: The scorer.

    Raises:
        ValueError: If the model is no scorer.
    """

    name = "keras"
    concurrent = False  # TensorFlow uses all cores by itself.

    def __init__(self, model: keras.Model):
        self.model = model
        self.metadata = scorer.metadata(model)
        self._predict = None
        self._lock = threading.Lock()

    def predict(self, image: np.ndarray) -> float:
        """See `Runtime.predict`. It is compiled when it is first called."""
        with self._lock:
            if self._predict is None:
                self._predict = scorer.predictor(self.model)
            return self._predict(image)

    @property
    def is_calibrated(self) -> bool:
        """See `Runtime.is_calibrated`."""
        return calibration.is_calibrated(self.model)

    def interval(self, scores: ArrayLike) -> Ends:
        """See `Runtime.interval`."""
        return calibration.interval(self.model, scores)

    def covered_share(self, height: int, width: int) -> float:
        """See `Runtime.covered_share`."""
        return scorer.covered_share(self.model, height, width)
