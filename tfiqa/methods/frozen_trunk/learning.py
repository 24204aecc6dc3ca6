"""Trains the ensemble on MOS of photographs and on the order of versions of scenes."""

import dataclasses

import keras
import numpy as np

from tfiqa.losses.ranking import LevelRanking
from tfiqa.methods.frozen_trunk.config import Config
from tfiqa.methods.frozen_trunk.versions import Plan
from tfiqa.methods.frozen_trunk.versions import tables
from tfiqa.models.frozen_trunk import build_head
from tfiqa.models.frozen_trunk import build_trainee


@dataclasses.dataclass(frozen=True)
class Ladders:
    """Features of all versions of scenes, and the rows that training compares.

    Attributes:
        features: Standardized features, `(rows, d)`.
        lists: Rows of ordered versions, `(lists, versions)`.
        levels: Levels of these versions, `(lists, versions)`; -1 marks padding.
        scenes: Rows of scenes without distortions, `(s,)`.
        distorted: Rows of versions of these scenes by the types of Waterloo, `(n,)`.
        harmless: Rows of scenes and of their harmless changes, `(pairs, 2)`.
    """

    features: np.ndarray
    lists: np.ndarray
    levels: np.ndarray
    scenes: np.ndarray
    distorted: np.ndarray
    harmless: np.ndarray


def ladders_of(
    features: np.ndarray, plans: list[Plan], pristine: np.ndarray
) -> Ladders:
    """Returns the rows that training compares, for all scenes.

    Args:
        features: Standardized features of all versions of all scenes.
        plans: The versions of each scene.
        pristine: Which scenes are without distortions, boolean `(scenes,)`.
    """
    lists, levels, scenes, distorted, harmless = [], [], [], [], []
    for (plan, first), is_pristine in zip(tables(plans), pristine, strict=True):
        lists.append(first + plan.lists)
        levels.append(plan.levels)
        harmless += [(first, first + row) for row in plan.harmless]
        if is_pristine:
            scenes.append(first)
            distorted.append(first + plan.waterloo)
    return Ladders(
        features,
        np.concatenate(lists),
        np.concatenate(levels),
        np.array(scenes),
        np.concatenate(distorted),
        np.array(harmless),
    )


class Batches(keras.utils.PyDataset):
    """Batches of photographs, lists and pairs, determined by the seed and the index.

    Args:
        features: Standardized features of photographs, `(n, d)`.
        targets: Standardized MOS of the photographs, `(n,)`.
        ladders: Versions of the scenes, and their order.
        config: Hyperparameters of the method.
        seed: Seed of the order of photographs, and of the draw of lists and pairs.
    """

    def __init__(self, features, targets, ladders, config, seed):
        super().__init__(workers=1, use_multiprocessing=False)
        self.features, self.targets, self.ladders = features, targets, ladders
        self.size = min(config.batch_size, len(targets))
        self.per_epoch = len(targets) // self.size
        self.epochs, self.seed = config.epochs, seed

    @property
    def num_batches(self):
        return self.per_epoch * self.epochs

    def __getitem__(self, index):
        epoch, step = divmod(index, self.per_epoch)
        order = np.random.default_rng((self.seed, 0, epoch)).permutation(
            len(self.targets)
        )
        rows = order[step * self.size : (step + 1) * self.size]
        rng = np.random.default_rng((self.seed, 1, index))
        ladders = self.ladders
        picked = rng.integers(0, len(ladders.lists), self.size)
        pairs = np.stack(
            [
                rng.choice(ladders.scenes, self.size),
                rng.choice(ladders.distorted, self.size),
            ],
            axis=1,
        )
        harmless = ladders.harmless[rng.integers(0, len(ladders.harmless), self.size)]
        inputs = {
            "photographs": self.features[rows],
            "ladders": ladders.features[ladders.lists[picked]],
            "scenes": ladders.features[pairs],
            "harmless": ladders.features[harmless],
        }
        targets = {
            "photographs": self.targets[rows, None],
            "ladders": ladders.levels[picked].astype(np.float32),
            "scenes": np.tile(np.array([0, 1], np.float32), (self.size, 1)),
            "harmless": np.zeros((self.size, 1), np.float32),
        }
        return inputs, targets


def learn(
    config: Config,
    features: np.ndarray,
    targets: np.ndarray,
    ladders: Ladders,
    *,
    seed: int,
    verbose: int = 0,
) -> keras.Model:
    """Returns a trained member, from features to standardized MOS.

    Args:
        config: Hyperparameters of the method.
        features: Standardized features of photographs, `(n, d)`.
        targets: MOS of the photographs with mean 0 and deviation 1, `(n,)`.
        ladders: Versions of the scenes, and their order.
        seed: Seed of weights, order and dropout.
        verbose: Passed to `keras.Model.fit`.
    """
    keras.utils.set_random_seed(seed)
    head = build_head(features.shape[1], config.hidden, "member")
    trainee = build_trainee(
        head,
        ladders.lists.shape[1],
        input_dropout=config.input_dropout,
        dropout=config.dropout,
    )
    batches = Batches(features, targets.astype(np.float32), ladders, config, seed)
    steps = max(batches.num_batches, 1)
    trainee.compile(
        keras.optimizers.AdamW(
            keras.optimizers.schedules.CosineDecay(config.learning_rate, steps),
            weight_decay=config.weight_decay,
        ),
        loss={
            "photographs": "mean_absolute_error",
            "ladders": LevelRanking(config.margin),
            "scenes": LevelRanking(config.margin),
            "harmless": "mean_absolute_error",
        },
        loss_weights={
            "photographs": 1.0,
            "ladders": config.ladder_weight,
            "scenes": config.pristine_weight,
            "harmless": config.harmless_weight,
        },
    )
    if batches.num_batches:
        trainee.fit(batches, epochs=1, shuffle=False, verbose=verbose)
    return head
