"""The base class of encoders: models from images of any size to features."""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import ClassVar

import keras
import numpy as np

from tfiqa.models import regressed
from tfiqa.models.functional import FunctionalModel
from tfiqa.regression import alphas


class Encoder(FunctionalModel):
    """Maps images of any size to features, and makes scorers from them."""

    method: ClassVar[str] = ""
    standardized: ClassVar[bool] = False

    def encoder(self) -> keras.Model:
        """Returns this encoder as a plain model that shares its weights.

        Its file loads without the class; `python -m tfiqa.train --encoder` reads it.
        """
        return keras.Model(self.input, self.output, name=self.name)

    def scorer(
        self,
        images: Iterable[np.ndarray],
        scores: Sequence[float] | np.ndarray,
        *,
        alphas: Sequence[float] = alphas.FINE,
        l1_ratio: float = 0.0,
        seed: int = 0,
        mos_range: tuple[float, float] | None = None,
        dataset: str = "",
        unit: str = "MOS",
    ) -> keras.Model:
        """Returns the scorer of a linear regression of scores on the features.

        It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size to
        scores `(batch, 1)`, higher is better; `tfiqa.load_scorer` reads its file. It
        shares the weights of the encoder, which are not changed.

        Args:
            images: uint8 `(height, width, 3)` each, at least 2, all of different
                scenes.
            scores: One for each image, higher is better.
            alphas: Candidate strengths of the penalty, positive. The one with the best
                SROCC on an eighth of the images is used.
            l1_ratio: Share of absolute values in the penalty; 0 for a ridge.
            seed: Seed that draws that eighth.
            mos_range: The worst and the best possible score; `None` for the observed
                ones.
            dataset: Name of the images, for the metadata.
            unit: Unit of the scores, for the metadata.

        Raises:
            ValueError: If there is not one finite score for each image.
        """
        rows, mos = regressed.features_and_scores(self.encoder(), images, scores)
        linear = regressed.regression_of(
            rows,
            mos,
            alphas=alphas,
            l1_ratio=l1_ratio,
            standardized=self.standardized,
            seed=seed,
        )
        description = regressed.description(
            self.method, mos, mos_range=mos_range, dataset=dataset, unit=unit
        )
        return regressed.build_scorer(
            self.encoder(), linear, description, name=self.method
        )
