"""Training of WaDIQaM-NR, from sets of patches of labeled images to a scorer."""

import keras

from tfiqa import trainers
from tfiqa.data import crops
from tfiqa.data import feeding
from tfiqa.data.label_units import label_units
from tfiqa.data.load import Source
from tfiqa.data.sources import Sources
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.wadiqam.config import Config
from tfiqa.models.wadiqam import SIDE
from tfiqa.models.wadiqam import WaDIQaM
from tfiqa.models.wadiqam import build_network
from tfiqa.models.wadiqam import build_scorer
from tfiqa.scoring.validation import srocc_callback

# The ports lower the learning rate after this many epochs.
EPOCHS_OF_A_RATE = 100


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains on `sources.train` and keeps the best epoch on `sources.validation`.

    Returns:
        The scorer, in single precision even if trained in mixed precision.
    """
    train, validation = sources.for_epochs()
    scale, offset = label_units(config.labels, train)
    keras.utils.set_random_seed(run.seed)
    with run.scope():
        trainee = WaDIQaM(**config.network, patches=config.patches)
        optimizer = keras.optimizers.Adam(config.learning_rate)
        # Section III-C: the absolute error of images, or that of patches.
        trainee.compile(optimizer, loss="mean_absolute_error")

    def scorer_of(network: keras.Model) -> keras.Model:
        metadata = {
            "method": "wadiqam",
            "min_side": MIN_SIDE,
            **train.description(),
        }
        return build_scorer(
            network,
            scale=scale,
            offset=offset,
            metadata=metadata,
            edge_patches=config.edge_patches,
        )

    batches = feeding.from_position(
        crops.crop_batches,
        train,
        run=run,
        epochs=config.epochs,
        size=SIDE,
        per_image=config.patches,
        batch_size=config.batch_size,
        scale=scale,
        offset=offset,
        together=True,
    )

    trainers.fit(
        trainee,
        batches,
        epochs=config.epochs,
        steps_per_epoch=_steps_per_epoch(config, train, run),
        run=run,
        callbacks=[
            keras.callbacks.LearningRateScheduler(
                lambda epoch, _: learning_rate(config, epoch)
            ),
            srocc_callback(scorer_of(trainee.network), validation),
        ],
        monitor="val_srocc",
    )
    copy = trainers.float32_copy(
        lambda: build_network(**config.network), trainee.network
    )
    return scorer_of(copy)


def learning_rate(config: Config, epoch: int) -> float:
    """Returns the learning rate of an epoch, from 0."""
    return config.learning_rate * config.decay ** (epoch // EPOCHS_OF_A_RATE)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless training can start."""
    train, _ = sources.for_epochs()
    run.check_batch(config.batch_size)
    if train.count < config.batch_size:
        raise ValueError(
            "At least as many images as a batch takes are expected. Received: "
            f"batch_size={config.batch_size}, {train.count} images of {train.name!r}"
        )


def _steps_per_epoch(config: Config, source: Source, run: trainers.Run) -> int:
    steps = source.count // config.batch_size
    run.say(
        f"An epoch: {config.patches} patches of each of {source.count} images in "
        f"{steps} batches of {config.batch_size} images; "
        f"{source.count - steps * config.batch_size} images are skipped."
    )
    return steps
