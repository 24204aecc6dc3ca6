"""Pristine distance: any encoder as a scorer that needs no scores.

The features of a picture's patches are compared with those of pristine patches, both
as Gaussians. With an encoder of another method these are the rows "CONTRIQUE*" of the
literature's tables of opinion-unaware quality; `contentsep` learns an encoder for it.
"""

import dataclasses

import keras

from tfiqa import pristine
from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.scoring.encoder import load_encoder


@dataclasses.dataclass(frozen=True)
class Config(pristine.Scoring):
    """How pictures are compared; see `tfiqa.pristine.Scoring`."""


QUICK: dict[str, object] = {}

# Pristine pictures where none are named.
IMAGES = "stream:dead_leaves/384/48"


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer of `sources.encoder` and of the pristine `sources.images`.

    Nothing is trained; a resumed run starts again.

    Raises:
        ValueError: If there is no encoder, or there are no pictures.
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
