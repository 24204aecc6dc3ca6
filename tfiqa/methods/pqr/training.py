"""Training of PQR and SQR, from random patches of labeled images to a scorer."""

import keras

from tfiqa import backbones
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.data import feeding
from tfiqa.data.load import Source
from tfiqa.data.sources import Sources
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.losses import SoftLabelCrossEntropy
from tfiqa.methods.pqr import patches
from tfiqa.methods.pqr.anchors import anchors_of
from tfiqa.methods.pqr.config import Config
from tfiqa.models import pqr
from tfiqa.optimizers import TorchSGD
from tfiqa.scoring.validation import srocc_callback


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains on `sources.train` and keeps the best epoch on `sources.validation`.

    The authors report the best epoch on the test images instead.

    Returns:
        The scorer, in single precision even if trained in mixed precision.
    """
    train, validation = sources.for_epochs()
    units = label_units(train)
    keras.utils.set_random_seed(run.seed)
    center = patches.mean_color(config, train, run.seed) if config.centered else None
    with run.scope():
        network = pqr.build_network(**config.network, center=center)
        optimizer = TorchSGD(
            config.learning_rate, momentum=config.momentum, l2=config.weight_decay
        )
        network.compile(optimizer, loss=_loss(config, train))
        backbones.synchronize(network, across_replicas=run.replicas > 1)
    scorer = _scorer_of(network, config, train)

    def refit(epoch, logs):
        _fit_regression(scorer, config, train, run)

    def set_rate(epoch, logs=None):
        optimizer.learning_rate = learning_rate(config, epoch)

    trainers.fit(
        network,
        feeding.from_position(
            *(patches.batches, config, train),
            run=run,
            epochs=config.epochs,
            per_image=config.patches,
            **units,
        ),
        epochs=config.epochs,
        steps_per_epoch=train.count * config.patches // config.batch_size,
        run=run,
        callbacks=[
            keras.callbacks.LambdaCallback(on_epoch_begin=set_rate),
            keras.callbacks.LambdaCallback(on_epoch_end=refit),
            srocc_callback(scorer, validation),
        ],
        monitor="val_srocc",
    )
    backbones.synchronize(network, across_replicas=False)
    untrained = {**config.network, "backbone_weights": None, "center": center}
    network = trainers.float32_copy(lambda: pqr.build_network(**untrained), network)
    scorer = _scorer_of(network, config, train)
    _fit_regression(scorer, config, train, run)
    return scorer


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless training can start."""
    train, _ = sources.for_epochs()
    checks.check(config, {**backbones.BACKBONES, **backbones.CROP_NETWORKS})
    _check_crop_network(config)
    run.check_batch(config.batch_size)
    if train.count * config.patches < config.batch_size:
        raise ValueError(
            "At least as many patches as a batch takes are expected. Received: "
            f"batch_size={config.batch_size}, patches={config.patches} of each of "
            f"{train.count} images of {train.name!r}"
        )


def learning_rate(config: Config, epoch: int) -> float:
    """Returns the rate of an epoch, from 0; it falls by the same factor each time."""
    share = epoch / max(config.epochs - 1, 1)
    return config.learning_rate * (config.last_rate / config.learning_rate) ** share


def label_units(source: Source) -> dict[str, float]:
    """Returns `scale` and `offset`: the network learns `(mos - offset) / scale`.

    The scores of the training images fill `[0, 1]`. The authors scale by those of the
    entire database.
    """
    worst, best = float(source.scores.min()), float(source.scores.max())
    return {"scale": best - worst if best > worst else 1.0, "offset": worst}


def _loss(config: Config, source: Source) -> keras.losses.Loss:
    if config.labels == "score":
        return keras.losses.MeanSquaredError()
    units = label_units(source)
    scores = (source.scores - units["offset"]) / units["scale"]
    anchors = anchors_of(scores, config.anchors, quantization=config.quantization)
    return SoftLabelCrossEntropy(anchors.tolist(), config.sharpness)


def _scorer_of(network: keras.Model, config: Config, source: Source) -> keras.Model:
    facts = {"method": "pqr", "min_side": MIN_SIDE, **source.description()}
    return pqr.build_scorer(
        network,
        labels=config.labels,
        stride=config.stride,
        metadata=facts,
        **label_units(source),
    )


def _fit_regression(
    scorer: keras.Model, config: Config, source: Source, run: trainers.Run
) -> None:
    """Fits the regression of a scorer to its distributions of patches; none for SQR."""
    if config.labels == "score":
        return
    described = scorer.get_layer("patches").network
    linear = patches.fitted_regression(
        described, config, source, run.seed, **label_units(source)
    )
    pqr.set_regression(scorer, linear)
    run.report["regression"] = {
        "weights": linear.weights.tolist(),
        "bias": linear.bias,
    }


def _check_crop_network(config: Config) -> None:
    """Raises an error unless the settings fit the network, if it is no trunk."""
    row = backbones.CROP_NETWORKS.get(config.backbone)
    if row is None:
        return
    if config.patch_size not in row.sides:
        raise ValueError(
            f"`patch_size` must be {' or '.join(map(str, row.sides))} for "
            f"{config.backbone}. Received: patch_size={config.patch_size}"
        )
    if config.frozen_stages:
        raise ValueError(
            f"`frozen_stages` must be 0 for {config.backbone}. "
            f"Received: frozen_stages={config.frozen_stages}"
        )
