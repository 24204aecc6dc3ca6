"""What encoders have in common: models from images of any size to features."""

from collections.abc import Iterable
from collections.abc import Sequence
from typing import ClassVar

import keras
import numpy as np

from tfiqa.models import regressed
from tfiqa.models.functional import FunctionalModel
from tfiqa.regression import alphas


class Encoder(FunctionalModel):
    """Describes images of any size by features, and makes scorers of them."""

    method: ClassVar[str] = ""
    standardized: ClassVar[bool] = False

    def encoder(self) -> keras.Model:
        """Returns this encoder as a plain model, which shares its weights.

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
        scores `(batch, 1)`, higher is better; `tfiqa.load_scorer` reads its file. The
        weights of the encoder stay as they are, and are shared.

        Args:
            images: uint8 `(height, width, 3)` each, 2 or more, each of another scene.
            scores: One for each image, higher is better.
            alphas: Candidates for the strength of the penalty, positive. The one with
                the best SROCC on an eighth of the images is taken.
            l1_ratio: Share of absolute values in the penalty; 0 for a ridge.
            seed: Of the choice of that eighth.
            mos_range: The worst and the best possible score; `None`: of those given.
            dataset: What the images are called, for the metadata.
            unit: What a score means, for the metadata.

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
