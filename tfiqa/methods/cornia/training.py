"""How CORNIA's codebook is learned from images, and its regression from scores."""

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
    """Hyperparameters of CORNIA: of its codebook and of its regression.

    Attributes:
        patches: Number of patches of an image that are coded to score it.
    """

    patches: int = 10_000

    def __post_init__(self):
        linear_svr.LinearSVRSettings.__post_init__(self)
        codebooks.CodebookSettings.__post_init__(self)


RECIPES: dict[str, dict[str, Any]] = {
    "quick": {"words": 200, "codebook_images": 40, "patches": 1000, "passes": 3},
    "search": {"costs": (1e-3, 0.01, 0.1, 1.0)},
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Learns a codebook, unless an encoder is given, and a regression on its codes.

    The codebook is written as `encoder.keras`, from which `pristine_distance` makes a
    scorer that needs no scores.
    """
    encoder = codebook.encoder_of(
        config,
        sources,
        run,
        lambda words: codebooks.cornia_encoder(words, count=config.patches),
    )
    return linear_svr.fitted_scorer(
        *(encoder, reader(encoder), sources.labeled(), run, config),
        method="cornia",
        min_side=codebook.MIN_SIDE,
    )
