"""Small networks on the trunk, by the head trainer of `frozen_trunk`."""

import dataclasses
import math
import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from tfiqa import trainers
from tfiqa.evaluation.own_metric.family import Family
from tfiqa.methods.frozen_trunk.config import Config
from tfiqa.methods.frozen_trunk.learning import Ladders
from tfiqa.methods.frozen_trunk.learning import learn
from tfiqa.methods.frozen_trunk.training import ensemble
from tfiqa.models.frozen_trunk import build_scorer
from tfiqa.regression.standardization import standardization

# Few labels need a lower rate and a stronger decay than thousands of photographs.
STEPS = 200
_LEARNING_RATE = 2e-4
_WEIGHT_DECAY = 10.0


class Network(Family):
    """The ensemble of small networks of the method `frozen_trunk`, on MOS alone.

    Args:
        table: Features of all images, `(n, d)`.
        descriptor: Model from images to features.
        steps: Training steps of each member.
    """

    name = "mlp"

    def __init__(
        self,
        table: np.ndarray,
        descriptor: Callable[[], keras.Model],
        steps: int = STEPS,
    ):
        self.table, self.descriptor, self.steps = table, descriptor, steps
        self.settings = [{"hidden": Config().hidden, "steps": steps}]

    def predictions(self, known, mos, unseen, seed):
        """See `Family.predictions`. One member learns, to save time."""
        config = self._config(len(known))
        standard = standardization(self.table[known], limit=config.limit)
        deviation = max(float(mos.std()), 1e-12)
        head = learn(
            config,
            standard(self.table[known]),
            (mos - mos.mean()) / deviation,
            _no_ladders(self.table.shape[1]),
            seed=seed,
        )
        values = keras.ops.convert_to_numpy(head(standard(self.table[unseen])))
        return mos.mean() + deviation * values.astype(np.float64).T

    def scorer(self, mos, setting, metadata, seed):
        """See `Family.scorer`."""
        del setting
        config = self._config(len(mos))
        standard = standardization(self.table, limit=config.limit)
        with tempfile.TemporaryDirectory() as folder:
            run = trainers.Run(Path(folder), seed=seed, verbose=0)
            ladders = _no_ladders(self.table.shape[1])
            members, _ = ensemble(config, standard(self.table), mos, ladders, run)
        units = float(mos.std()), float(mos.mean())
        return build_scorer(self.descriptor(), standard, members, units, metadata)

    def _config(self, count: int) -> Config:
        config = Config(
            pixel_maps=True,
            batch_size=min(16, max(count // 2, 1)),
            ladder_weight=0.0,
            harmless_weight=0.0,
            pristine_weight=0.0,
            learning_rate=_LEARNING_RATE,
            weight_decay=_WEIGHT_DECAY,
        )
        per_epoch = max(count // config.batch_size, 1)
        return dataclasses.replace(config, epochs=math.ceil(self.steps / per_epoch))


def _no_ladders(length: int) -> Ladders:
    """Returns one pair of equal versions, whose losses have no weight."""
    return Ladders(
        features=np.zeros((2, length), np.float32),
        lists=np.array([[0, 1]]),
        levels=np.array([[0, 1]]),
        scenes=np.array([0]),
        distorted=np.array([1]),
        harmless=np.array([[0, 1]]),
    )
