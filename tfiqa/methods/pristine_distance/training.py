"""Pristine distance: any encoder as a scorer that needs no scores.

It compares the features of an image's patches with those of pristine patches, both as
Gaussians. Published tables of opinion-unaware methods mark such scorers with an
asterisk, as in "CONTRIQUE*". `contentsep` learns an encoder for this method.
"""

import dataclasses

import keras

from tfiqa import pristine
from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.scoring.encoder import load_encoder


@dataclasses.dataclass(frozen=True)
class Config(pristine.Scoring):
    """Hyperparameters of the comparison; see `tfiqa.pristine.Scoring`."""


QUICK: dict[str, object] = {}

# The default pristine images.
IMAGES = "stream:dead_leaves/384/48"


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer that compares with `sources.images` by `sources.encoder`.

    Nothing is trained; a resumed run starts over.

    Raises:
        ValueError: If there is no encoder, or there are no images.
    """
    encoder = load_encoder(sources.pretrained())
    images = sources.unlabeled()
    return pristine.distance_scorer(
        encoder,
        images.first_epoch(run.seed),
        config,
        method="pristine_distance",
        dataset=images.name,
    )


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are an encoder and pristine patches."""
    sources.pretrained()
    images = sources.unlabeled()
    pristine.check(images.first_epoch(run.seed), config, dataset=images.name)
