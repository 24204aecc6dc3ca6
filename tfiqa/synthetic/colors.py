"""Color schemes of drawn images: few hues, bright tones, dark ink."""

import numpy as np

from tfiqa.synthetic.randomness import Stream


class Scheme:
    """Matching hues, and the color of the lines.

    Attributes:
        ink: Color of the lines, float64 `(3,)` in `[0, 255]`, dark.
    """

    def __init__(self, stream: Stream):
        first, spread, ink = stream.uniform(3)
        steps = np.array([0.0, 0.08, -0.08, 0.5, 0.33]) * (0.6 + 0.8 * spread)
        self._hues = (first + steps) % 1.0
        self.ink = rgb(ink, 0.5, 0.12)

    def color(self, stream: Stream) -> np.ndarray:
        """Returns a color of the scheme, float64 `(3,)` in `[0, 255]`."""
        choice, pale, bright = stream.uniform(3)
        hue = self._hues[int(choice * len(self._hues))]
        return rgb(hue, 0.08 + 0.72 * pale, 1.0 - 0.55 * bright**2)


def rgb(hue: float, saturation: float, value: float) -> np.ndarray:
    """Returns a color of HSV, each in `[0, 1]`, as float64 `(3,)` in `[0, 255]`."""
    sector = (np.array([5.0, 3.0, 1.0]) + 6.0 * hue) % 6.0
    share = np.clip(np.minimum(sector, 4.0 - sector), 0.0, 1.0)
    return 255.0 * value * (1.0 - saturation * share)
