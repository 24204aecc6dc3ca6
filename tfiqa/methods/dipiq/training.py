"""How dipIQ learns to rank: distorted versions of scenes, pairs, and a network."""

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from tfiqa import __version__
from tfiqa import trainers
from tfiqa.config import constraints
from tfiqa.data.images import UnfitImages
from tfiqa.data.sources import Sources
from tfiqa.methods import codebook
from tfiqa.methods.dipiq import pairs as ranked
from tfiqa.metrics.full_reference import MIN_SIDE as SMALLEST_SIDE
from tfiqa.models import codebooks
from tfiqa.models import dipiq
from tfiqa.scoring.scorer import reader


@dataclasses.dataclass(frozen=True)
class Config(codebooks.CodebookSettings):
    """Hyperparameters of dipIQ: of its codebook, its pairs and its network.

    Attributes:
        patches: Number of patches of an image that are coded to score it.
        scenes: Number of pristine scenes, each of which gives 20 distorted versions.
        pairs: Number of pairs to draw.
        threshold: Smallest difference of a pair in each measure, in points of 100.
        hidden: Units of the hidden layers.
        standardization: A `.mat` file with the mean and the deviation of features of
            the authors' codebook; None to compute them from the versions.
        epochs: Passes over all pairs.
        batch_size: Pairs in a batch.
        learning_rate: Learning rate of Adam.
    """

    patches: int = 10_000
    scenes: int = 840
    pairs: int = 500_000
    threshold: float = 20.0
    hidden: tuple[int, ...] = (256, 128, 3)
    standardization: str | None = None
    epochs: int = 5
    batch_size: int = 512
    learning_rate: float = 1e-4

    def __post_init__(self):
        super().__post_init__()
        counts = ("patches", "scenes", "pairs", "batch_size", "epochs")
        constraints.check_bounds(
            self,
            {
                **dict.fromkeys(counts, constraints.COUNT),
                "threshold": constraints.NOT_NEGATIVE,
                "learning_rate": constraints.POSITIVE,
            },
        )


RECIPES: dict[str, dict[str, Any]] = {
    "quick": {
        "words": 200,
        "codebook_images": 40,
        "passes": 3,
        "patches": 1000,
        "scenes": 10,
        "pairs": 5000,
        "hidden": (32, 3),
    },
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Learns a codebook, unless an encoder is given, and to rank; needs no scores.

    The codebook is written as `encoder.keras`. A resumed run reuses the features that
    it finds.
    """
    keras.utils.set_random_seed(run.seed)
    encoder = codebook.encoder_of(
        config,
        sources,
        run,
        lambda words: codebooks.cornia_encoder(words, count=config.patches),
    )
    features, qualities = _features_and_qualities(encoder, config, sources, run)
    mean, deviation = _standardization(features, config)
    features = ((features - mean) / deviation).astype(np.float32)
    pairs = ranked.draw(
        qualities, config.pairs, threshold=config.threshold, seed=run.seed
    )
    print(f"{len(pairs.better)} pairs of {len(features)} images")
    network = dipiq.rank_network(features.shape[1], hidden=config.hidden)
    trainee = dipiq.siamese(network)
    trainee.compile(
        keras.optimizers.Adam(config.learning_rate),
        keras.losses.BinaryCrossentropy(from_logits=True),
    )
    batches = ranked.PairBatches(
        features, pairs, batch_size=config.batch_size, seed=run.seed
    )
    history = trainee.fit(
        batches, epochs=config.epochs, shuffle=False, verbose=run.verbose
    )
    run.report["ranking"] = {
        "pairs": len(pairs.better),
        "loss": float(history.history["loss"][-1]),
    }
    scores = network.predict(features, verbose=0)
    metadata = {
        "method": "dipiq",
        "dataset": sources.unlabeled().name,
        "mos_range": [float(scores.min()), float(scores.max())],
        "unit": "dipIQ",
        "min_side": codebook.MIN_SIDE,
        "version": __version__,
    }
    return dipiq.build_scorer(encoder, network, mean, deviation, metadata)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are pristine images."""
    del config, run  # Not needed.
    sources.unlabeled()


def _features_and_qualities(
    encoder: keras.Model, config: Config, sources: Sources, run: trainers.Run
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the features `(n, d)` and the qualities `(n, 3)` of all versions."""
    read = reader(encoder)

    def pairs_of_images(first: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        scenes = enumerate(_scenes(config, sources, run))
        first_scene = first // ranked.VERSIONS
        for number, scene in itertools.islice(scenes, first_scene, None):
            versions = ranked.versions(scene, seed=number)
            start = max(first - number * ranked.VERSIONS, 0)
            for version in itertools.islice(versions, start, None):
                yield scene, version

    def describe(pair: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        return np.concatenate([read(pair[1]), ranked.measure(*pair)])

    count = min(config.scenes, sources.unlabeled().count) * ranked.VERSIONS
    rows = trainers.extract(describe, pairs_of_images, count, run=run, name="versions")
    return rows[:, :-3], rows[:, -3:]


def _scenes(
    config: Config, sources: Sources, run: trainers.Run
) -> Iterator[np.ndarray]:
    """Yields up to `config.scenes` scenes."""
    images = sources.unlabeled()
    for scene in itertools.islice(images.first_epoch(run.seed), config.scenes):
        if min(scene.shape[:2]) < SMALLEST_SIDE:
            raise UnfitImages(
                f"Images with sides of {SMALLEST_SIDE} pixels or more are expected. "
                f"Received: one of {scene.shape[1]} x {scene.shape[0]} in {images.name}"
            )
        yield scene


def _standardization(
    features: np.ndarray, config: Config
) -> tuple[np.ndarray, np.ndarray]:
    if config.standardization is not None:
        return dipiq.read_standardization(config.standardization, features.shape[1])
    mean = features.mean(axis=0, dtype=np.float64)
    deviation = features.std(axis=0, dtype=np.float64)
    return mean, np.where(deviation > 0, deviation, 1.0)
