"""A rising map from quality to the scale 0 to 100, with an interval for each score."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class Calibration(keras.layers.Layer):
    """Maps predictions to 0..100 by a logistic that always rises.

    Args:
        curve: Highest and lowest value, both within 0..100, center and width of the
            logistic `(b1 - b2) / (1 + exp(-(x - b3) / b4)) + b2`.
        knots: Scores, ascending.
        widths: Half widths of the interval at the knots, linear between them and
            constant beyond.
        level: Share of mean opinion scores that the intervals cover, between 0 and 1.

    Call arguments:
        predictions: `(batch, 1)`, in the units used for the calibration.

    Output:
        float32 `(batch, 1)` in `[0, 100]`, whatever the dtype policy.
    """

    def __init__(
        self,
        curve: Sequence[float],
        knots: Sequence[float],
        widths: Sequence[float],
        level: float,
        name="calibration",
        **kwargs,
    ):
        super().__init__(name=name, **{**kwargs, "dtype": "float32"})
        high, low, _, width = curve
        if not (0 <= low < high <= 100 and width > 0):
            raise ValueError(
                "A curve that rises within 0 to 100 is expected. "
                f"Received: curve={tuple(curve)}"
            )
        if len(knots) != len(widths) or not knots or not np.all(np.diff(knots) > 0):
            raise ValueError(
                "One width for each of one or more ascending knots is expected. "
                f"Received: knots={knots}, widths={widths}"
            )
        self.curve = tuple(map(float, curve))
        self.knots = tuple(map(float, knots))
        self.widths = tuple(map(float, widths))
        self.level = float(level)

    def build(self, predictions_shape):
        pass

    def call(self, predictions):
        high, low, center, width = self.curve
        x = (ops.cast(predictions, "float32") - center) / width
        return low + (high - low) * ops.sigmoid(x)

    def interval(self, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Returns the ends of the intervals of this layer's scores, within 0..100.

        Both are float64 of the shape of `scores`; NaN stays NaN.
        """
        scores = np.asarray(scores, "float64")
        widths = np.interp(scores, self.knots, self.widths)
        return np.maximum(scores - widths, 0.0), np.minimum(scores + widths, 100.0)

    def compute_output_shape(self, predictions_shape):
        return predictions_shape

    def get_config(self):
        return {
            **super().get_config(),
            "curve": self.curve,
            "knots": self.knots,
            "widths": self.widths,
            "level": self.level,
        }
