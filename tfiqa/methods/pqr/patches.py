"""Random patches of training images, and the scores of the images."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa import regression
from tfiqa.data import crops
from tfiqa.data.load import Source
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.methods.pqr.config import Config
from tfiqa.regression import linear_svr

# libsvm's defaults for a linear nu-SVR, as in the authors' code.
NU_SVR = linear_svr.LinearSVRSettings(kind="nu", nu=0.5, scaled=False, span=1.0)
COST = 1.0


def batches(
    config: Config,
    source: Source,
    seed: int,
    epochs: range,
    *,
    per_image: int,
    part: Part = WHOLE,
    **units,
) -> Any:
    """Returns batches of patches and scores; see `crops.crop_batches`."""
    return crops.crop_batches(
        source,
        size=config.patch_size,
        per_image=per_image,
        batch_size=min(config.batch_size, source.count * per_image),
        seed=seed,
        epochs=epochs,
        part=part,
        **units,
    )


def samples(
    config: Config, source: Source, seed: int, **units: Any
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields batches of about `regression_patches` patches, and their scores.

    They are those of an epoch after the last one, so that training sees others.
    """
    per_image = -(-config.regression_patches // source.count)
    epochs = range(config.epochs, config.epochs + 1)
    patches = batches(config, source, seed, epochs, per_image=per_image, **units)
    return patches.as_numpy_iterator()


def mean_color(config: Config, source: Source, seed: int) -> tuple[float, float, float]:
    """Returns the mean of each channel over patches of training images.

    The authors subtract the mean of each pixel of a patch, which is nearly the same
    everywhere in it.
    """
    means = [
        patches.mean(axis=(0, 1, 2)) for patches, _ in samples(config, source, seed)
    ]
    red, green, blue = np.mean(means, axis=0).tolist()
    return red, green, blue


def fitted_regression(
    described: keras.Model, config: Config, source: Source, seed: int, **units: float
) -> regression.LinearMap:
    """Returns the regression from predicted distributions of patches to scores.

    It is fitted to what the network predicts for training patches, not to their labels.

    Args:
        described: Model of `models.pqr.build_described`.
        config: Hyperparameters of the method.
        source: Training images.
        seed: Seed of the patches.
        **units: `scale` and `offset` of the scores; see `crops.crop_batches`.
    """
    outputs, scores = [], []
    for patches, labels in samples(config, source, seed, **units):
        predictions = ops.convert_to_numpy(described(patches, training=False))
        outputs.append(predictions[:, -config.anchors :].astype(np.float64))
        scores.append(labels[:, 0].astype(np.float64))
    rows, targets = np.concatenate(outputs), np.concatenate(scores)
    return linear_svr.fit(rows, targets, NU_SVR, cost=COST)
