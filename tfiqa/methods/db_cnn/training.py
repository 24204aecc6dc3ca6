"""Training of DB-CNN: distortions, then the last layer, then all weights."""

import dataclasses
from typing import Any

import keras
import numpy as np

from tfiqa import backbones
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.data import crops
from tfiqa.data import feeding
from tfiqa.data.images import Images
from tfiqa.data.sources import Sources
from tfiqa.methods.db_cnn import batches as pipelines
from tfiqa.methods.db_cnn import head
from tfiqa.methods.db_cnn.config import Config
from tfiqa.methods.db_cnn.task import Task
from tfiqa.models.db_cnn import FAST_LAYERS
from tfiqa.models.db_cnn import build_network
from tfiqa.models.db_cnn import content_maps
from tfiqa.models.scnn import SCNN
from tfiqa.models.scnn import feature_maps
from tfiqa.models.scnn import merged
from tfiqa.optimizers import TorchAdam
from tfiqa.optimizers import TorchSGD
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.serialization import save_model
from tfiqa.scoring.validation import srocc_callback


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains the three stages, and keeps the best epoch on `sources.validation`.

    Writes the S-CNN, as `encoder.keras`, into the folder of the run. If there is a
    `sources.encoder`, it is used instead of training one.

    Returns:
        The scorer, in single precision even if trained in mixed precision.
    """
    task = Task(config, *sources.for_epochs())
    if sources.encoder is None:
        encoder = pretrain(config, sources, run)
    else:
        with run.scope():
            encoder = load_encoder(sources.encoder, method="db_cnn")
    if run.is_chief:
        save_model(encoder, run.folder / "encoder.keras")
    keras.utils.set_random_seed(run.seed)
    with run.scope():
        network = build(config, encoder, weights=config.backbone_weights)
        head.initialize(network.get_layer("quality"), config.head_start, run.seed)
    if config.head_epochs:
        learn_head(network, task, dataclasses.replace(run, folder=run.folder / "head"))
    if config.epochs:
        optimizer = build_optimizer(config)
        learn_from_crops(network, task, run, optimizer, epochs=config.epochs)
    copy = trainers.float32_copy(lambda: build(config, encoder, weights=None), network)
    return task.scorer(copy)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless training can start."""
    train, _ = sources.for_epochs()
    checks.check(config)
    run.check_batch(config.batch_size)
    if not config.head_epochs + config.epochs:
        raise ValueError(
            "`head_epochs` or `epochs` must be at least 1. "
            "Received: head_epochs=0, epochs=0"
        )
    if train.count < config.batch_size:
        raise ValueError(
            "At least as many images as a batch takes are expected. Received: "
            f"batch_size={config.batch_size}, {train.count} images of {train.name!r}"
        )
    if sources.encoder is not None:
        feature_maps(load_encoder(sources.encoder, method="db_cnn"))
    elif config.scnn_epochs:
        run.check_batch(config.scnn_batch_size)
        sources.unlabeled().check_batch(config.scnn_batch_size)


def pretrain(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the S-CNN that learned types and levels of distortions."""
    keras.utils.set_random_seed(run.seed)
    with run.scope():
        model = SCNN(**config.scnn, seed=run.seed)
    if config.scnn_epochs:
        learn_distortions(model, config, sources.unlabeled(), run)
    with run.scope():
        copy = trainers.float32_copy(
            lambda: SCNN.from_config(model.get_config()), model
        )
    return copy.encoder()


def learn_distortions(
    model: SCNN, config: Config, images: Images, run: trainers.Run
) -> None:
    """Trains an S-CNN to distinguish distortions of images."""
    with run.scope():
        classifier = model.classifier()
        optimizer = TorchSGD(
            config.scnn_rate, momentum=config.momentum, l2=config.scnn_decay
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        classifier.compile(optimizer, loss, metrics=["accuracy"])
        backbones.synchronize(classifier, across_replicas=run.replicas > 1)
    rates = np.geomspace(config.scnn_rate, config.scnn_last_rate, config.scnn_epochs)

    def set_rate(epoch: int, logs: Any = None) -> None:
        optimizer.learning_rate = float(rates[epoch])

    epochs = config.scnn_epochs
    trainers.fit(
        classifier,
        feeding.from_position(
            *(pipelines.batches, images, config), run=run, epochs=epochs
        ),
        epochs=epochs,
        steps_per_epoch=images.count // config.scnn_batch_size,
        run=dataclasses.replace(run, folder=run.folder / "scnn"),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=set_rate)],
    )
    backbones.synchronize(classifier, across_replicas=False)


def build(config: Config, encoder: keras.Model, *, weights: str | None) -> keras.Model:
    """Returns the network of both streams.

    Args:
        config: Config of the network.
        encoder: The S-CNN.
        weights: See `backbones.build_backbone`.
    """
    content = content_maps(config.backbone, weights, frozen_stages=config.frozen_stages)
    distortion = feature_maps(merged(encoder) if config.merged else encoder)
    return build_network(content, distortion, **config.pooling)


def learn_head(network: keras.Model, task: Task, run: trainers.Run) -> None:
    """Trains the last layer of a network."""
    config = task.config
    if config.head_inputs == "images":
        head.learn_from_images(network, task, run)
        return
    optimizer = head.build_optimizer(config)
    with head.all_but_head_frozen(network):
        learn_from_crops(network, task, run, optimizer, epochs=config.head_epochs)


def learn_from_crops(
    network: keras.Model,
    task: Task,
    run: trainers.Run,
    optimizer: keras.optimizers.Optimizer,
    *,
    epochs: int,
) -> None:
    """Trains those weights of a network that are trainable, on random crops."""
    config, (scale, offset) = task.config, task.units

    batches = feeding.from_position(
        crops.crop_batches,
        task.train,
        run=run,
        epochs=epochs,
        size=config.crop_size,
        per_image=config.patches,
        batch_size=config.batch_size,
        scale=scale,
        offset=offset,
    )

    with run.scope():
        network.compile(optimizer, loss="mean_squared_error")
        backbones.synchronize(network, across_replicas=run.replicas > 1)
    trainers.fit(
        network,
        batches,
        epochs=epochs,
        steps_per_epoch=task.train.count * config.patches // config.batch_size,
        run=run,
        callbacks=[srocc_callback(task.scorer(network), task.validation)],
        monitor="val_srocc",
    )
    backbones.synchronize(network, across_replicas=False)


def build_optimizer(config: Config) -> TorchAdam:
    """Returns the optimizer of all weights, with a separate rate for the last layer."""
    return TorchAdam(
        config.learning_rate,
        fast_layers=FAST_LAYERS,
        fast_ratio=config.head_ratio,
        l2=config.weight_decay,
    )
