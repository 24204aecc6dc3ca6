"""Training of HyperIQA, from crops of labeled images to a scorer."""

import functools
import math

import keras

from tfiqa import backbones
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.data import crops
from tfiqa.data import feeding
from tfiqa.data.label_units import label_units
from tfiqa.data.sources import Sources
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.hyperiqa.config import Config
from tfiqa.models.hyperiqa import HyperIQA
from tfiqa.models.hyperiqa import build_scorer
from tfiqa.models.hyperiqa_network import FAST_LAYERS
from tfiqa.models.hyperiqa_network import NEW_LAYERS
from tfiqa.models.hyperiqa_network import build_network
from tfiqa.optimizers import TorchAdam
from tfiqa.scoring.validation import srocc_callback


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains on `sources.train` and keeps the best epoch on `sources.validation`.

    Returns:
        The scorer, in single precision even if trained in mixed precision.
    """
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

    def batches(first: int):
        make = functools.partial(
            crops.crop_batches,
            train,
            size=config.crop_size,
            per_image=config.patches,
            batch_size=config.batch_size,
            seed=run.seed,
            epochs=range(first, config.epochs),
            scale=scale,
            offset=offset,
            resize=config.resize,
        )
        return feeding.batches(make, run)

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
    run.check_batch(config.batch_size)
    run.cut(config.batch_size, config.micro_batch)
    crops.check_crops(train, per_image=config.patches, batch_size=config.batch_size)


def build_optimizer(config: Config) -> TorchAdam:
    """Returns the paper's optimizer, with another rate for new layers; see `fast`."""
    fast = NEW_LAYERS if config.fast == "new" else FAST_LAYERS
    return TorchAdam(config.learning_rate, fast_layers=fast, l2=config.weight_decay)


def learning_rates(config: Config, epoch: int) -> tuple[float, float]:
    """Returns the rates of the trunk and of fast layers in an epoch, from 0.

    `"paper"` divides both by ten after every five epochs; `"cosine"` lets both fall to
    zero. `"official_intended"` is what the authors' code describes: the trunk's rate
    never falls, the hyper network's falls every six epochs and its ratio ends after
    the ninth. `"official_literal"` is what that code does: the hyper network learns
    only in the first epoch.
    """
    rate, ratio = config.learning_rate, config.hyper_ratio
    if config.schedule == "paper":
        rate = rate / 10 ** (epoch // 5)
        return rate, rate * ratio
    if config.schedule == "cosine":
        rate = rate * (1 + math.cos(math.pi * epoch / config.epochs)) / 2
        return rate, rate * ratio
    if config.schedule == "official_literal":
        return rate, rate * ratio if epoch == 0 else 0.0
    after = max(epoch - 1, 0)  # The code decides after an epoch, for the next.
    return rate, rate / 10 ** (after // 6) * (1.0 if after > 8 else ratio)


def rate_callback(config: Config, optimizer: TorchAdam) -> keras.callbacks.Callback:
    """Returns the callback that sets both rates before each epoch.

    The authors' code creates a new Adam for each epoch; so do its schedules here.
    """

    def set_rates(epoch, logs=None):
        trunk, hyper = learning_rates(config, epoch)
        optimizer.learning_rate = trunk
        optimizer.fast_ratio = hyper / trunk
        if config.schedule.startswith("official"):
            optimizer.restart()

    return keras.callbacks.LambdaCallback(on_epoch_begin=set_rates)
