"""The codebook that CORNIA, HOSA and dipIQ describe images by."""

from collections.abc import Callable

import keras

from tfiqa import trainers
from tfiqa.data.sources import Sources
from tfiqa.models import codebooks
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.serialization import save_model

# The images that a codebook is learned from by default.
IMAGES = "stream:textured_leaves/512/1000"

# Side of a patch in pixels; images must not be smaller.
MIN_SIDE = 7


def check(config: object, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are scores, and either images or an encoder."""
    del config, run  # Not needed.
    sources.labeled()
    if sources.encoder is None:
        sources.unlabeled()


def encoder_of(
    settings: codebooks.CodebookSettings,
    sources: Sources,
    run: trainers.Run,
    build: Callable[[codebooks.Codebook], keras.Model],
) -> keras.Model:
    """Returns the encoder of `sources`, or learns one and writes `encoder.keras`.

    Args:
        settings: How the codebook is learned.
        sources: The encoder's file, or the images that the codebook is learned from.
        run: Gives the seed, and the folder that the encoder is written into.
        build: Returns the encoder of a codebook.
    """
    if sources.encoder is not None:
        return load_encoder(sources.encoder)
    images = sources.unlabeled().first_epoch(run.seed)
    encoder = build(codebooks.learn(images, settings, seed=run.seed))
    save_model(encoder, run.folder / "encoder.keras")
    return encoder
