"""Training of HyperIQA, from crops of labeled images to a scorer."""

import keras

from tfiqa import backbones
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.data import crops
from tfiqa.data import feeding
from tfiqa.data.label_units import label_units
from tfiqa.data.sources import Sources
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.hyperiqa import cached
from tfiqa.methods.hyperiqa.config import Config
from tfiqa.methods.hyperiqa.rates import build_optimizer
from tfiqa.methods.hyperiqa.rates import rate_callback
from tfiqa.models.hyperiqa import HyperIQA
from tfiqa.models.hyperiqa import build_scorer
from tfiqa.models.hyperiqa_network import build_network
from tfiqa.scoring.validation import srocc_callback


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains on `sources.train` and keeps the best epoch on `sources.validation`.

    With `cache_maps`, it trains as `cached.train` does.

    Returns:
        The scorer, in single precision even if trained in mixed precision.
    """
    if config.cache_maps:
        return cached.train(config, sources, run)
    train, validation = sources.for_epochs()
    scale, offset = label_units(config.labels, train)
    keras.utils.set_random_seed(run.seed)
    cut = run.cut(config.batch_size, config.micro_batch)
    run.say(cut.describe())
    with run.scope():
        trainee = HyperIQA(**config.network)
        network = trainee.network
        if cut.micro_batch is not None:
            trainee = trainers.GradientAccumulation(trainee, cut.micro_batch)
        optimizer = build_optimizer(config)
        trainee.compile(optimizer, loss="mean_absolute_error")  # Section 3.5.
        backbones.synchronize(network, across_replicas=cut.synchronized)

    def scorer_of(network: keras.Model) -> keras.Model:
        return build_scorer(
            network,
            scale=scale,
            offset=offset,
            metadata={
                "method": "hyperiqa",
                "min_side": MIN_SIDE,
                **train.description(),
            },
            **config.cutting,
        )

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
        resize=config.resize,
    )

    trainers.fit(
        trainee,
        batches,
        epochs=config.epochs,
        steps_per_epoch=crops.steps_per_epoch(
            train,
            per_image=config.patches,
            batch_size=config.batch_size,
            say=run.say,
        ),
        run=run,
        callbacks=[
            rate_callback(config, optimizer),
            srocc_callback(scorer_of(network), validation),
        ],
        monitor="val_srocc",
    )
    backbones.synchronize(network, across_replicas=False)
    untrained = {**config.network, "backbone_weights": None}
    copy = trainers.float32_copy(lambda: build_network(**untrained), network)
    return scorer_of(copy)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless training can start."""
    train, _ = sources.for_epochs()
    checks.check(config)
    if config.cache_maps:
        return
    run.check_batch(config.batch_size)
    run.cut(config.batch_size, config.micro_batch)
    crops.check_crops(train, per_image=config.patches, batch_size=config.batch_size)
