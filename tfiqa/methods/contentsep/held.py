"""What photographs that are held back tell of the second stage, without scores.

After each epoch, the two views of each held photograph are compared. The epoch whose
views agree most is kept, and a training without progress ends.
"""

import math
from collections.abc import Sequence

import keras
import numpy as np

from tfiqa.losses import club
from tfiqa.losses import club_limit
from tfiqa.losses import log_likelihood
from tfiqa.trainers import ContentSeparation

BATCH = 64
CHOICE = "choice"


def agreement(features: np.ndarray) -> float:
    """Returns how well two views of an image agree, compared with other images.

    It is the mean cosine of the features of both, after the mean over all images is
    subtracted: 1 if they are equal, about 0 if they are no more alike than others.
    Features that are all alike, to which agreement alone may lead, do not raise it.

    Args:
        features: `(images, 2, d)`.
    """
    centered = np.float64(features) - np.mean(features, axis=(0, 1), dtype=np.float64)
    lengths = np.linalg.norm(centered, axis=-1, keepdims=True)
    first, second = np.moveaxis(centered / np.maximum(lengths, 1e-12), 1, 0)
    return float(np.mean(np.sum(first * second, axis=-1)))


def spread(features: np.ndarray) -> float:
    """Returns how much unit features differ: 0 if all are alike, 1 at most.

    Args:
        features: `(images, 2, d)`.
    """
    rows = np.float64(features).reshape(-1, features.shape[-1])
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return float(np.sqrt(rows.var(axis=0).sum()))


class HeldPairs(keras.callbacks.Callback):
    """Adds figures of held pairs to the log of each epoch.

    `held_agreement` and `held_spread` are those of the encoder's features. With an
    estimator, `held_likelihood` is its mean log-likelihood without the constant,
    `held_information` its estimate and `held_limit` the largest one that is credible,
    in the unit of `losses.club`. `choice` is the agreement, but not a number in epochs
    that must not be chosen: those before the penalty, if there is one.

    Args:
        game: The model of the second stage.
        pairs: `(n, 2, side, side, 3)` in `[0, 255]`.
        seen: What the content network sees of them, of the same shape.
        patience: Number of epochs without a higher `choice` after which the training
            ends; 0 for none.
        choices: The `choice` of the epochs so far, if the training is resumed.
    """

    def __init__(
        self,
        game: ContentSeparation,
        pairs: np.ndarray,
        seen: np.ndarray,
        *,
        patience: int = 0,
        choices: Sequence[float] = (),
    ):
        super().__init__()
        self.game = game
        self.crops, self.seen = (
            views.reshape(-1, *views.shape[2:]) for views in (pairs, seen)
        )
        self.patience = patience
        self.choices = list(choices)
        self.shares: np.ndarray | None = None

    def on_epoch_end(self, epoch, logs=None):
        model = self.model  # On JAX, reading it brings the weights up to date.
        figures = self.figures()
        self.choices.append(figures[CHOICE])
        if logs is not None:
            logs.update(figures)
        if ended(self.choices, self.patience):
            model.stop_training = True

    def figures(self) -> dict[str, float]:
        """Returns the figures of the model as it is."""
        features = self.game.encoder.predict(self.crops, batch_size=BATCH, verbose=0)
        pairs = features.reshape(-1, 2, features.shape[-1])
        agreed = agreement(pairs)
        counts = self.game.penalized or self.game.estimator is None
        return {
            "held_agreement": agreed,
            "held_spread": spread(pairs),
            **self._information(features),
            CHOICE: agreed if counts else math.nan,
        }

    def _information(self, features: np.ndarray) -> dict[str, float]:
        if self.game.estimator is None:
            return {}
        if self.shares is None:
            self.shares = self.game.content.predict(
                self.seen, batch_size=BATCH, verbose=0
            )
        mean, log_variance = self.game.estimator.predict(
            features, batch_size=BATCH, verbose=0
        )
        return {
            "held_likelihood": -float(log_likelihood(self.shares, mean, log_variance))
            / 2,
            "held_information": float(club(self.shares, mean, log_variance)),
            "held_limit": float(club_limit(self.shares)),
        }


def ended(choices: Sequence[float], patience: int) -> bool:
    """Returns whether a training has gone `patience` epochs without a higher choice."""
    numbers = [-math.inf if math.isnan(choice) else choice for choice in choices]
    if not patience or not numbers or max(numbers) == -math.inf:
        return False
    return len(numbers) - 1 - numbers.index(max(numbers)) >= patience
