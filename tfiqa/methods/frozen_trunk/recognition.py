"""Learning of a recognizer: which distortion an image has, or that nobody can know."""

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

# A photograph has faults of its own, beside which the faintest levels hardly show.
FAINTEST = 2
# Of this many scenes and photographs, one is kept for the calibration.
CALIBRATION = 5
# Passed to `keras.Model.fit`.
BATCH = 128


@dataclasses.dataclass(frozen=True)
class Labels:
    """Which rows of the versions of scenes have a kind that is known.

    Attributes:
        rows: `(n,)`.
        kinds: Numbers of the kinds in `KINDS`, `(n,)`.
        scenes: Numbers of the scenes, `(n,)`.
    """

    rows: np.ndarray
    kinds: np.ndarray
    scenes: np.ndarray


def labels_of(plans: list[Plan], pristine: np.ndarray) -> Labels:
    """Returns the kind of each version whose kind is known.

    A scene without distortions is `none`, and so are its harmless changes. What was
    distorted twice is of the kind that came last. The types of Waterloo have names of
    the bank.

    Args:
        plans: Of the scenes.
        pristine: Which scenes are without distortions, boolean `(scenes,)`.
    """
    found = []
    for scene, ((plan, first), sound) in enumerate(
        zip(tables(plans), pristine, strict=True)
    ):
        if sound:
            known = [0, *plan.harmless]
            found += [(first + row, KINDS.index(NONE), scene) for row in known]
        row = first + 1
        for step in plan.steps:
            for level in step.levels:
                if sound or level >= FAINTEST:
                    found.append((row, KINDS.index(step.name), scene))
                row += 1
    return Labels(*np.array(found).T)


def recognizer_of(
    config: Config,
    photographs: np.ndarray,
    of_scenes: np.ndarray,
    labels: Labels,
    standard: Standardization,
    *,
    seed: int,
) -> tuple[keras.Model, dict[str, float]]:
    """Returns a recognizer with calibrated probabilities, and what it is like.

    Photographs are of the kind `unknown`: what is wrong with them, if anything, nobody
    has said. So the recognizer abstains on images that look like them.

    Args:
        config: Of the method.
        photographs: Standardized features, `(n, d)`.
        of_scenes: Standardized features of all versions of all scenes.
        labels: Of these.
        standard: Of the features.
        seed: Of weights, order and dropout.

    Returns:
        The recognizer; and on the share kept for the calibration, the accuracy, the
        mean probability of the kind that is most probable, and the temperature.
    """
    kinds = np.concatenate(
        [labels.kinds, np.full(len(photographs), KINDS.index(UNKNOWN))]
    )
    numbers = np.concatenate([labels.scenes, np.arange(len(photographs))])
    kept = numbers % CALIBRATION == CALIBRATION - 1
    places = np.concatenate([labels.rows, len(of_scenes) + np.arange(len(photographs))])
    batches = Rows((of_scenes, photographs), places[~kept], kinds[~kept], config, seed)
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
    logits = _logits(trainee, batches.table, places[kept])
    temperature = fitted_temperature(logits, kinds[kept])
    chances = keras.ops.convert_to_numpy(keras.ops.softmax(logits / temperature))
    report = {
        "accuracy": float(np.mean(chances.argmax(1) == kinds[kept])),
        "confidence": float(np.mean(chances.max(1))),
        "temperature": temperature,
    }
    return build_recognizer(trainee, standard, temperature), report


class Rows(keras.utils.PyDataset):
    """Batches of rows of two tables, one behind the other; a pure function of seed.

    Args:
        table: Two arrays `(., d)`.
        places: Rows that are learned from, `(n,)`.
        kinds: Of these, `(n,)`.
        config: Of the method.
        seed: Of the order.
    """

    def __init__(self, table, places, kinds, config, seed):
        super().__init__(workers=1, use_multiprocessing=False)
        self.table, self.places, self.kinds = table, places, kinds
        self.size = min(BATCH, len(places))
        self.per_epoch = len(places) // self.size
        self.epochs, self.seed = config.recognizer_epochs, seed

    @property
    def num_batches(self):
        return self.per_epoch * self.epochs

    def __getitem__(self, index):
        epoch, step = divmod(index, self.per_epoch)
        order = np.random.default_rng((self.seed, 2, epoch)).permutation(
            len(self.places)
        )
        rows = order[step * self.size : (step + 1) * self.size]
        return rows_of(self.table, self.places[rows]), self.kinds[rows]


def rows_of(table: tuple[np.ndarray, np.ndarray], places: np.ndarray) -> np.ndarray:
    """Returns rows of two tables that stand one behind the other."""
    first, second = table
    found = np.empty((len(places), first.shape[1]), np.float32)
    early = places < len(first)
    found[early] = first[places[early]]
    found[~early] = second[places[~early] - len(first)]
    return found


def fitted_temperature(logits: np.ndarray, kinds: np.ndarray) -> float:
    """Returns the temperature under which known kinds are most likely.

    Reference: Guo et al., "On calibration of modern neural networks", ICML 2017.
    """
    tried = np.geomspace(0.3, 5.0, 57)
    costs = []
    for temperature in tried:
        scaled = logits / temperature
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        own = scaled[np.arange(len(kinds)), kinds]
        costs.append(np.mean(np.log(np.exp(scaled).sum(axis=1)) - own))
    return float(tried[int(np.argmin(costs))])


def _logits(trainee, table, places) -> np.ndarray:
    parts = [
        keras.ops.convert_to_numpy(trainee(rows_of(table, places[first : first + 512])))
        for first in range(0, len(places), 512)
    ]
    return np.concatenate(parts).astype(np.float64)
