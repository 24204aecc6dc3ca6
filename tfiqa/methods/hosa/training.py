"""How HOSA's codebook is learned from images, and its regression from scores."""

import dataclasses
from typing import Any

import keras

from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.methods import codebook
from tfiqa.models import codebooks
from tfiqa.regression import linear_svr
from tfiqa.scoring.scorer import reader


@dataclasses.dataclass(frozen=True)
class Config(linear_svr.LinearSVRSettings, codebooks.CodebookSettings):
    """Hyperparameters of HOSA: of its codebook and of its regression.

    Attributes:
        patches: Approximate number of patches of an image that are coded to score it.
        fifth_weight: Whether to weight words as the released code does; see
            `layers.HighOrderCodes`.
    """

    kind: str = "squared"
    costs: tuple[float, ...] = (128.0,)
    words: int = 100
    patches: int = 10_000
    fifth_weight: bool = False

    def __post_init__(self):
        linear_svr.LinearSVRSettings.__post_init__(self)
        codebooks.CodebookSettings.__post_init__(self)


RECIPES: dict[str, dict[str, Any]] = {
    "quick": {"words": 20, "codebook_images": 40, "patches": 1000, "passes": 3},
    "released": {"fifth_weight": True},
    "released_tid2013": {"fifth_weight": True, "costs": (1.0,), "scaled": False},
    "search": {"costs": (1e-4, 1e-3, 0.01, 0.1, 1.0)},
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Learns a codebook, unless an encoder is given, and a regression on its codes.

    The codebook is written as `encoder.keras`.
    """
    encoder = codebook.encoder_of(
        config,
        sources,
        run,
        lambda words: codebooks.hosa_encoder(
            words, count=config.patches, fifth_weight=config.fifth_weight
        ),
    )
    return linear_svr.fitted_scorer(
        *(encoder, reader(encoder), sources.labeled(), run, config),
        method="hosa",
        min_side=codebook.MIN_SIDE,
    )
