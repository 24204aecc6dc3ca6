"""Trains a recognizer, which names the distortion of an image or abstains."""

import dataclasses

import keras
import numpy as np

from tfiqa.layers.recognition import NONE
from tfiqa.layers.recognition import UNKNOWN
from tfiqa.methods.frozen_trunk.config import Config
from tfiqa.methods.frozen_trunk.versions import Plan
from tfiqa.methods.frozen_trunk.versions import tables
from tfiqa.models.recognizer import KINDS
from tfiqa.models.recognizer import build_recognizer
from tfiqa.models.recognizer import build_trainee
from tfiqa.regression.standardization import Standardization

# Photographs have faults of their own, which hide the faintest levels.
FAINTEST = 2
# One in this many scenes and photographs is used for calibration only.
CALIBRATION = 5
# Size of a batch.
BATCH = 128


@dataclasses.dataclass(frozen=True)
class Labels:
    """The versions of scenes whose kind is known.

    Attributes:
        rows: Rows of the versions, `(n,)`.
        kinds: Indices of their kinds in `KINDS`, `(n,)`.
        scenes: Indices of their scenes, `(n,)`.
    """

    rows: np.ndarray
    kinds: np.ndarray
    scenes: np.ndarray


def labels_of(plans: list[Plan], pristine: np.ndarray) -> Labels:
    """Returns the kind of each version whose kind is known.

    A scene without distortions is of the kind `none`, and so are its harmless changes.
    A version that was distorted twice is of the kind of the second distortion. The
    types of Waterloo have names of the bank.

    Args:
        plans: The versions of each scene.
        pristine: Which scenes are without distortions, boolean `(scenes,)`.
    """
    labels = []
    for scene, ((plan, first), is_pristine) in enumerate(
        zip(tables(plans), pristine, strict=True)
    ):
        if is_pristine:
            undistorted = [0, *plan.harmless]
            labels += [(first + row, KINDS.index(NONE), scene) for row in undistorted]
        row = first + 1
        for step in plan.steps:
            for level in step.levels:
                if is_pristine or level >= FAINTEST:
                    labels.append((row, KINDS.index(step.name), scene))
                row += 1
    return Labels(*np.array(labels).T)


def recognizer_of(
    config: Config,
    photographs: np.ndarray,
    scene_features: np.ndarray,
    labels: Labels,
    standard: Standardization,
    *,
    seed: int,
) -> tuple[keras.Model, dict[str, float]]:
    """Returns a recognizer with calibrated probabilities, and a report on it.

    Photographs are of the kind `unknown`, since their distortions are not labeled. So
    the recognizer abstains on images that look like them.

    Args:
        config: Hyperparameters of the method.
        photographs: Standardized features of photographs, `(n, d)`.
        scene_features: Standardized features of all versions of all scenes.
        labels: Known kinds of these versions.
        standard: Standardization of the features.
        seed: Seed of weights, order and dropout.

    Returns:
        The recognizer. For the samples used for calibration: the accuracy, the mean
        probability of the most probable kind, and the temperature.
    """
    kinds = np.concatenate(
        [labels.kinds, np.full(len(photographs), KINDS.index(UNKNOWN))]
    )
    numbers = np.concatenate([labels.scenes, np.arange(len(photographs))])
    is_calibration = numbers % CALIBRATION == CALIBRATION - 1
    rows = np.concatenate(
        [labels.rows, len(scene_features) + np.arange(len(photographs))]
    )
    batches = RowBatches(
        (scene_features, photographs),
        rows[~is_calibration],
        kinds[~is_calibration],
        config,
        seed,
    )
    keras.utils.set_random_seed(seed)
    trainee = build_trainee(
        photographs.shape[1], config.recognizer_hidden, dropout=config.input_dropout
    )
    trainee.compile(
        keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(
                config.learning_rate, max(batches.num_batches, 1)
            ),
            weight_decay=config.weight_decay / 10,
        ),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    trainee.fit(batches, epochs=1, shuffle=False, verbose=0)
    logits = _logits(trainee, batches.table, rows[is_calibration])
    temperature = fitted_temperature(logits, kinds[is_calibration])
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(logits / temperature))
    report = {
        "accuracy": float(np.mean(probabilities.argmax(1) == kinds[is_calibration])),
        "confidence": float(np.mean(probabilities.max(1))),
        "temperature": temperature,
    }
    return build_recognizer(trainee, standard, temperature), report


class RowBatches(keras.utils.PyDataset):
    """Batches of rows of two concatenated tables, determined by the seed.

    Args:
        table: The two tables, arrays `(., d)`.
        rows: Rows to train on, `(n,)`; those of the second table follow the first.
        kinds: Kinds of these rows, `(n,)`.
        config: Hyperparameters of the method.
        seed: Seed of the order.
    """

    def __init__(self, table, rows, kinds, config, seed):
        super().__init__(workers=1, use_multiprocessing=False)
        self.table, self.rows, self.kinds = table, rows, kinds
        self.size = min(BATCH, len(rows))
        self.per_epoch = len(rows) // self.size
        self.epochs, self.seed = config.recognizer_epochs, seed

    @property
    def num_batches(self):
        return self.per_epoch * self.epochs

    def __getitem__(self, index):
        epoch, step = divmod(index, self.per_epoch)
        order = np.random.default_rng((self.seed, 2, epoch)).permutation(len(self.rows))
        batch = order[step * self.size : (step + 1) * self.size]
        return rows_of(self.table, self.rows[batch]), self.kinds[batch]


def rows_of(table: tuple[np.ndarray, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """Returns rows of two concatenated tables, without concatenating them."""
    first, second = table
    selected = np.empty((len(rows), first.shape[1]), np.float32)
    in_first = rows < len(first)
    selected[in_first] = first[rows[in_first]]
    selected[~in_first] = second[rows[~in_first] - len(first)]
    return selected


def fitted_temperature(logits: np.ndarray, kinds: np.ndarray) -> float:
    """Returns the temperature that maximizes the likelihood of the known kinds.

    Reference: Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    candidates = np.geomspace(0.3, 5.0, 57)
    costs = []
    for temperature in candidates:
        scaled = logits / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        own = scaled[np.arange(len(kinds)), kinds]
        costs.append(np.mean(np.log(np.exp(scaled).sum(axis=1)) - own))
    return float(candidates[int(np.argmin(costs))])


def _logits(trainee, table, rows) -> np.ndarray:
    parts = [
        keras.ops.convert_to_numpy(trainee(rows_of(table, rows[first : first + 512])))
        for first in range(0, len(rows), 512)
    ]
    return np.concatenate(parts).astype(np.float64)
