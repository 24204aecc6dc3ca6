"""Features and scores of labeled images, in the form that regressions take."""

from collections.abc import Callable

import numpy as np

from tfiqa import trainers
from tfiqa.data.load import Source
from tfiqa.regression import frozen

Part = tuple[np.ndarray, np.ndarray]


def features_and_targets(
    read: Callable[[np.ndarray], np.ndarray],
    labeled: tuple[Source, Source],
    run: trainers.Run,
    span: float,
) -> tuple[tuple[Part, Part], float, float]:
    """Returns features and targets, and the map from targets back to MOS.

    Images whose features are not finite are skipped.

    Args:
        read: Function from one uint8 image to its features `(d,)`.
        labeled: Parts for training and validation.
        run: The run in whose folder features are cached; see `trainers.extract`.
        span: Targets are scores scaled to `[0, span]`.

    Returns:
        Features, float64 `(n, d)`, and targets `(n,)` of both parts; then the scale and
        the offset, with `mos = target * scale + offset`.

    Raises:
        ValueError: If all images of a part are flat.
    """
    worst, best = labeled[0].description()["mos_range"]
    scale = (best - worst) / span
    parts = []
    for source, name in zip(labeled, ("train", "validation"), strict=True):
        features = trainers.extract(
            lambda example: read(example["image"]),
            frozen.examples_from(source),
            source.count,
            run=run,
            name=name,
        )
        finite = np.isfinite(features).all(axis=1)
        if not finite.any():
            raise ValueError(
                f"Images with structure are expected. Received: {source.name!r}, where "
                f"all {source.count} images of the {name} part are flat"
            )
        targets = (source.scores[finite] - worst) / scale
        parts.append((features[finite].astype(np.float64), targets))
    return (parts[0], parts[1]), scale, worst
