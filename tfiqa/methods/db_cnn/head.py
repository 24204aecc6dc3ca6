"""The stage of training in which only the last layer learns."""

import contextlib
from collections.abc import Iterator

import keras
import numpy as np

from tfiqa import metrics
from tfiqa import trainers
from tfiqa.data.row_batches import row_batches
from tfiqa.methods.db_cnn.config import Config
from tfiqa.methods.db_cnn.task import Task
from tfiqa.models.db_cnn import build_descriptor
from tfiqa.optimizers import TorchSGD
from tfiqa.regression.frozen import examples_from
from tfiqa.scoring.scorer import reader

# The release draws with the deviation sqrt(2 / outputs), and divides by ten.
DEVIATION = 2**0.5 / 10


def initialize(layer: keras.layers.Dense, start: str, seed: int) -> None:
    """Draws the weights of the last layer; its bias is 0.

    Args:
        layer: The layer, with one output.
        start: See `Config.head_start`.
        seed: Seed of the weights.
    """
    kernel, bias = layer.kernel, layer.bias
    deviation = DEVIATION if start == "release" else (2 / kernel.shape[0]) ** 0.5
    kernel.assign(np.random.default_rng(seed).normal(0, deviation, kernel.shape))
    bias.assign(np.zeros(bias.shape))


def learn_from_images(network: keras.Model, task: Task, run: trainers.Run) -> None:
    """Trains the last layer on features of entire images, computed once.

    Args:
        network: The network of both streams.
        task: The labeled images and the config.
        run: Its folder holds the features and the state of this stage.
    """
    config, (scale, offset) = task.config, task.units
    parts = {"train": task.train, "validation": task.validation}
    read = reader(build_descriptor(network, tile_side=config.tile_side))
    rows, validation_rows = (
        trainers.extract(
            lambda example: read(example["image"]),
            examples_from(source),
            source.count,
            run=run,
            name=name,
        )
        for name, source in parts.items()
    )
    labels = (task.train.scores - offset) / scale
    with run.scope():
        features = keras.Input((rows.shape[1],), name="vectors")
        trainee = keras.Model(features, network.get_layer("quality")(features))
        trainee.compile(build_optimizer(config), loss="mean_squared_error")

    def batches(first: trainers.Position):
        return row_batches(
            rows,
            labels,
            batch_size=config.batch_size,
            seed=run.seed,
            epochs=range(first.epoch, config.head_epochs),
        ).skip(first.step)

    def add_srocc(epoch, logs):
        kernel, bias = network.get_layer("quality").get_weights()
        scores = (validation_rows @ kernel + bias)[:, 0]
        logs["val_srocc"] = metrics.srocc(scores, task.validation.scores)

    trainers.fit(
        trainee,
        batches,
        epochs=config.head_epochs,
        steps_per_epoch=len(rows) // config.batch_size,
        run=run,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=add_srocc)],
        monitor="val_srocc",
    )


def build_optimizer(config: Config) -> TorchSGD:
    """Returns the optimizer of the last layer alone."""
    return TorchSGD(config.head_rate, momentum=config.momentum, l2=config.head_decay)


@contextlib.contextmanager
def all_but_head_frozen(network: keras.Model) -> Iterator[None]:
    """Freezes all weights but those of the last layer, within a `with` block.

    Weights are frozen one by one, since frozen layers would not update the statistics
    of their batch normalization.
    """
    kept = {id(variable) for variable in network.get_layer("quality").variables}
    frozen = [v for v in network.trainable_variables if id(v) not in kept]
    for variable in frozen:
        variable.trainable = False
    try:
        yield
    finally:
        for variable in frozen:
            variable.trainable = True
