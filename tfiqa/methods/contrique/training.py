"""Training of CONTRIQUE: an encoder from unlabeled views, then a scorer from MOS."""

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from tfiqa import backbones
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.data import feeding
from tfiqa.data.images import Images
from tfiqa.data.load import Source
from tfiqa.data.sources import Sources
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.contrique import batches as pipelines
from tfiqa.methods.contrique import device_batches
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.stored import stored_labels
from tfiqa.models.contrique import CONTRIQUE
from tfiqa.models.contrique import build_reference_scorer
from tfiqa.models.contrique import build_scorer
from tfiqa.optimizers import TorchSGD
from tfiqa.optimizers import WarmUpCosine
from tfiqa.regression import frozen
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.references import References
from tfiqa.scoring.references import names_references
from tfiqa.scoring.scorer import reader
from tfiqa.scoring.serialization import save_model
from tfiqa.trainers import augmented

# 25 epochs over 700,000 distorted images and some 600,000 photographs.
PAPER_STEPS = 59_000

# The released code means to exclude batch normalization from decay, but finds only the
# layers inside the residual blocks.
NO_DECAY = {
    "kernels": (r"\b(gamma|beta)$",),
    "released": (r"\bstack\d+_block\d+_[123]_bn/",),
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains an encoder without labels, then a linear regression on its features.

    Writes `encoder.keras` into the run's folder. If there is a `sources.encoder`, it is
    used instead of training one.

    Returns:
        The scorer, in single precision even if trained in mixed precision.
    """
    labeled = sources.labeled()
    if sources.encoder is None:
        encoder = pretrain(config, sources, run)
    else:
        encoder = load_encoder(sources.encoder, method="contrique")
    if run.is_chief:
        save_model(encoder, run.folder / "encoder.keras")
    return regress(config, encoder, labeled, run)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless training can start."""
    labeled = sources.labeled()
    if config.references is not None and not all(
        names_references(source) for source in labeled
    ):
        raise ValueError(
            "Examples with a `reference_id` are expected if there are references. "
            f"Received: {labeled[0].name!r}, references={config.references!r}"
        )
    if config.references is not None:
        References(config.references)
    if sources.encoder is not None:
        load_encoder(sources.encoder, method="contrique")
    else:
        checks.check(config)
        run.check_batch(config.batch_size)
        run.cut(config.batch_size, config.micro_batch)
        images = sources.undistorted_or_versions()
        stored_labels(images, config)
        pipelines.steps_per_epoch(images, sources.authentic_images, config)


def pretrain(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the encoder learned from `sources.images` and `authentic_images`."""
    images, authentic = sources.undistorted_or_versions(), sources.authentic_images
    steps = pipelines.steps_per_epoch(images, authentic, config)
    run.say(
        f"An epoch: {steps:,} steps; {steps * config.epochs:,} in all (the authors' "
        f"training takes some {PAPER_STEPS:,})"
    )
    keras.utils.set_random_seed(run.seed)
    cut = run.cut(config.batch_size, config.micro_batch)
    run.say(cut.describe())
    with run.scope():
        model = CONTRIQUE(**config.network, seed=run.seed)
        trainee = model.trainer(**config.contrast, micro_batch=cut.micro_batch)
        trainee.compile(build_optimizer(config, steps=steps * config.epochs))
        backbones.synchronize(trainee, across_replicas=cut.synchronized)

    batches, augment = _fed(images, authentic, config, run)
    trainers.fit(
        trainee,
        batches,
        epochs=config.epochs,
        steps_per_epoch=steps,
        run=run,
        images_per_step=config.batch_size,
        augment=augment,
    )
    backbones.synchronize(trainee, across_replicas=False)
    return trainers.float32_copy(
        lambda: CONTRIQUE.from_config(model.get_config()), model
    ).encoder()


def _fed(
    images: Images, authentic: Images | None, config: Config, run: trainers.Run
) -> tuple[Callable[[trainers.Position], Any], Callable[[Any], Any] | None]:
    """Returns the batches from a position on, and what a step is to make of them."""
    sources = (images, authentic, config)
    fed = functools.partial(feeding.from_position, run=run, epochs=config.epochs)
    return augmented.placed(
        run,
        on_cpu=fed(pipelines.batches, *sources),
        sized=lambda size: fed(device_batches.batches, *sources, size),
        size=lambda: device_batches.size_on_device(images, config, run.seed),
        finish=functools.partial(device_batches.finished, config),
        refusal=device_batches.refusal(images, config),
    )


def regress(
    config: Config,
    encoder: keras.Model,
    labeled: tuple[Source, Source],
    run: trainers.Run,
) -> keras.Model:
    """Returns the scorer of an encoder, with a linear regression; see `frozen`."""
    alone = reader(encoder)
    if config.references is None:
        read, build = (lambda example: alone(example["image"])), build_scorer
    else:
        read = difference_reader(alone, References(config.references))
        build = build_reference_scorer
        run.report["references"] = config.references
    linear = frozen.regress(
        read, labeled, run, repeats=config.repeats, **config.regression
    )
    metadata = {
        "method": "contrique",
        "min_side": MIN_SIDE,
        **labeled[0].description(),
    }
    return build(encoder, linear, metadata)


def difference_reader(
    read: Callable[[np.ndarray], np.ndarray], references: References
) -> Callable[[Any], np.ndarray]:
    """Returns a function from an example to the difference from its reference.

    Args:
        read: Function from one image to its features `(d,)`.
        references: Reference images by `reference_id`.
    """
    described = functools.lru_cache(8)(lambda name: read(references.find(name)))

    def difference(example) -> np.ndarray:
        name = bytes(example["reference_id"]).decode()
        return np.abs(described(name) - read(example["image"]))

    return difference


def build_optimizer(config: Config, *, steps: int) -> TorchSGD:
    """Returns the optimizer, whose rate rises and falls within `steps` steps."""
    return TorchSGD(
        WarmUpCosine(config.learning_rate, max(steps, 1), config.warm_up),
        momentum=config.momentum,
        l2=config.weight_decay,
        no_decay=NO_DECAY[config.decay],
    )
