"""Training of MUSIQ, from crops of labeled images to a scorer."""

from pathlib import Path

import keras

from tfiqa import trainers
from tfiqa.backbones import checkpoints
from tfiqa.data import crops
from tfiqa.data import feeding
from tfiqa.data.label_units import label_units
from tfiqa.data.sources import Sources
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.musiq.checkpoint import load
from tfiqa.methods.musiq.config import Config
from tfiqa.models.musiq import MUSIQ
from tfiqa.models.musiq import build_scorer
from tfiqa.models.musiq_network import build_network
from tfiqa.optimizers import WarmUpCosine
from tfiqa.scoring.validation import srocc_callback


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains on `sources.train` and keeps the best epoch on `sources.validation`.

    Returns:
        The scorer, in single precision even if trained in mixed precision.
    """
    train, validation = sources.for_epochs()
    scale, offset = label_units(config.labels, train)
    steps = crops.steps_per_epoch(
        train,
        per_image=config.patches,
        batch_size=config.batch_size,
        say=run.say,
    )
    keras.utils.set_random_seed(run.seed)
    with run.scope():
        trainee = MUSIQ(**config.network)
        if config.weights is not None:
            load(trainee, checkpoints.read_arrays(config.weights), head=False)
        trainee.compile(
            build_optimizer(config, steps * config.epochs),
            loss="mean_absolute_error",
        )
    metadata = {"method": "musiq", "min_side": MIN_SIDE, **train.description()}

    def scorer_of(network: keras.Model) -> keras.Model:
        return build_scorer(network, scale=scale, offset=offset, metadata=metadata)

    batches = feeding.from_position(
        crops.crop_batches,
        train,
        run=run,
        epochs=config.epochs,
        size=config.crop_size,
        per_image=config.patches,
        batch_size=config.batch_size,
        scale=scale,
        offset=offset,
    )

    trainers.fit(
        trainee,
        batches,
        epochs=config.epochs,
        steps_per_epoch=steps,
        run=run,
        callbacks=[srocc_callback(scorer_of(trainee.network), validation)],
        monitor="val_srocc",
    )
    copy = trainers.float32_copy(
        lambda: build_network(**config.network), trainee.network
    )
    return scorer_of(copy)


def build_optimizer(config: Config, steps: int) -> keras.optimizers.Optimizer:
    """Returns the optimizer, whose rate falls to 0 within `steps` steps."""
    rate = WarmUpCosine(config.learning_rate, max(steps, 1), warm_up=0.0)
    if config.optimizer == "adam":
        return keras.optimizers.Adam(rate)
    return keras.optimizers.SGD(rate, momentum=0.9)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless training can start."""
    train, _ = sources.for_epochs()
    run.check_batch(config.batch_size)
    if config.weights is not None and not Path(config.weights).is_file():
        raise ValueError(
            "`weights` must be None or an existing file. "
            f"Received: weights={config.weights!r}"
        )
    crops.check_crops(train, per_image=config.patches, batch_size=config.batch_size)
