"""Training of Re-IQA: two encoders without labels, then a scorer from MOS."""

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.config.cuts import Cut
from tfiqa.data import feeding
from tfiqa.data.images import Images
from tfiqa.data.sources import Sources
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.reiqa import batches as pipelines
from tfiqa.methods.reiqa import device_batches
from tfiqa.methods.reiqa.config import Config
from tfiqa.models.reiqa import ReIQA
from tfiqa.models.reiqa import join
from tfiqa.optimizers import LARS
from tfiqa.optimizers import EpochCosine
from tfiqa.optimizers import TorchSGD
from tfiqa.regression import frozen
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import reader
from tfiqa.scoring.serialization import save_model
from tfiqa.trainers import augmented


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains the experts without labels, then a linear regression on their features.

    Writes `encoder.keras` into the run's folder and, if both experts are trained,
    `quality.keras` and `content.keras`. If the sources have encoders, they are used
    instead of training any.

    Returns:
        The scorer, in single precision even if trained in mixed precision.
    """
    labeled = sources.labeled()
    encoder = existing_encoder(sources) or learned_encoder(config, sources, run)
    if run.is_chief:
        save_model(encoder, run.folder / "encoder.keras")
    read = reader(encoder)
    linear = frozen.regress(
        lambda example: read(example["image"]),
        labeled,
        run,
        repeats=config.repeats,
        **config.regression,
    )
    metadata = {"method": "reiqa", "min_side": MIN_SIDE, **labeled[0].description()}
    return frozen.build_scorer(encoder, linear, metadata, name="reiqa")


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless every expert to train can be trained."""
    sources.labeled()
    if sources.encoder is not None or sources.encoders:
        return
    checks.check(config)
    for expert in config.experts:
        alone = config.alone(expert)
        if alone.epochs:
            prefix = "content_" if expert == "content" else ""
            run.check_batch(alone.batch_size, f"{prefix}batch_size")
            cut(alone, run, prefix)
            pipelines.steps_per_epoch(images_of(expert, sources), alone)


def images_of(expert: str, sources: Sources) -> Images:
    """Returns the images of an expert; content learns from photographs if possible."""
    if expert == "content" and sources.authentic_images is not None:
        return sources.authentic_images
    return sources.unlabeled()


def existing_encoder(sources: Sources) -> keras.Model | None:
    """Returns the encoder that the sources name, if there is one.

    A single file is used whatever its experts are. Two files are those of quality and
    of content, in this order.
    """
    if sources.encoder is not None:
        return load_encoder(sources.encoder)
    if sources.encoders:
        return joined_encoder(*sources.encoders)
    return None


def joined_encoder(quality: Path, content: Path) -> keras.Model:
    """Returns the encoder that joins those of two files."""
    return join(load_encoder(content), load_encoder(quality))


def learned_encoder(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the trained encoder of the chosen expert, or of both."""
    encoders = {}
    for expert in config.experts:
        folder = run.folder / expert
        folder.mkdir(exist_ok=True)
        encoders[expert] = pretrain(
            config.alone(expert),
            images_of(expert, sources),
            dataclasses.replace(run, folder=folder),
        )
        if run.is_chief and len(config.experts) > 1:
            save_model(encoders[expert], run.folder / f"{expert}.keras")
    if len(encoders) == 1:
        return encoders[config.expert]
    return join(encoders["content"], encoders["quality"])


def pretrain(config: Config, images: Images, run: trainers.Run) -> keras.Model:
    """Returns the encoder of one expert, learned from `images`.

    Without epochs it is the backbone, unchanged.
    """
    keras.utils.set_random_seed(run.seed)
    if config.epochs == 0:
        return ReIQA(**config.network, seed=run.seed).encoder()
    steps = pipelines.steps_per_epoch(images, config)
    rows = cut(config, run)
    run.say(rows.describe())
    with run.scope():
        model = ReIQA(**config.network, seed=run.seed)
        trainee = model.trainer(
            **config.contrast, bn_group=rows.bn_group, micro_batch=rows.micro_batch
        )
        trainee.compile(build_optimizer(config, steps_per_epoch=steps))

    batches, augment = _fed(images, config, run)
    trainers.fit(
        trainee,
        batches,
        epochs=config.epochs,
        steps_per_epoch=steps,
        run=run,
        images_per_step=config.batch_size,
        augment=augment,
    )
    return trainers.float32_copy(
        lambda: ReIQA.from_config(model.get_config()), model
    ).encoder()


def _fed(
    images: Images, config: Config, run: trainers.Run
) -> tuple[Callable[[trainers.Position], Any], Callable[[Any], Any] | None]:
    """Returns the batches from a position on, and what a step is to make of them."""
    sources = (images, config)
    fed = functools.partial(feeding.from_position, run=run, epochs=config.epochs)
    return augmented.placed(
        run,
        on_cpu=fed(pipelines.batches, *sources),
        sized=lambda size: fed(device_batches.batches, *sources, size),
        size=lambda: device_batches.size_on_device(images, config, run.seed),
        finish=functools.partial(device_batches.finished, config),
        refusal=device_batches.refusal(config),
        prefix=f"{config.expert} expert: ",
    )


def cut(config: Config, run: trainers.Run, prefix: str = "") -> Cut:
    """Returns how the batches of one expert are cut on each device.

    Raises:
        ValueError: If they cannot be; names fields with their `prefix`.
    """
    return run.cut(
        config.crops, config.micro_batch, bn_groups=config.bn_groups, prefix=prefix
    )


def build_optimizer(config: Config, *, steps_per_epoch: int) -> TorchSGD:
    """Returns the optimizer of one expert, whose rate rises and falls in its epochs."""
    rate = EpochCosine(
        config.learning_rate,
        config.epochs,
        max(steps_per_epoch, 1),
        warm_up=config.warm_up,
        start=min(0.01, config.learning_rate),
    )
    kind = LARS if config.optimizer == "lars" else TorchSGD
    return kind(rate, momentum=config.optimizer_momentum, l2=config.weight_decay)
