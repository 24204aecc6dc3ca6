"""The interface of the regressions that are tried."""

import abc
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np


class Family(abc.ABC):
    """A kind of regression on one table of features.

    Attributes:
        name: Its name, of `request.FAMILIES`.
        settings: Its settings, for people and for reports.
    """

    name: str
    settings: Sequence[Mapping[str, Any]]

    @abc.abstractmethod
    def predictions(
        self, known: np.ndarray, mos: np.ndarray, unseen: np.ndarray, seed: int
    ) -> np.ndarray:
        """Returns predictions at all settings, float64 `(settings, m)`.

        Args:
            known: Rows of the known images, `(n,)`.
            mos: MOS of these, `(n,)`.
            unseen: Rows of the images to predict, `(m,)`.
            seed: Seed of the training.
        """

    @abc.abstractmethod
    def scorer(
        self, mos: np.ndarray, setting: int, metadata: dict[str, Any], seed: int
    ) -> keras.Model:
        """Returns the scorer that has learned from all images.

        Args:
            mos: MOS of all images, `(n,)`.
            setting: Index of the setting.
            metadata: See `layers.MOS`.
            seed: Seed of the training.
        """
