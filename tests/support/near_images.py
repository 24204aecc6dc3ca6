"""Images that are almost the same, whose scores must still differ."""

import numpy as np

COUNT = 24


def near_images(side: int) -> np.ndarray:
    """Returns float32 `(24, side, side, 3)`; noise grows by a fraction of a level."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(side, side, 3))
    image = rng.uniform(40, 215, (side, side, 3))
    steps = np.arange(COUNT, dtype="float64")[:, None, None, None]
    return np.clip(image + 0.2 * steps * noise, 0, 255).astype("float32")
