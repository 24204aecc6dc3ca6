"""Training of CONTRIQUE: views to an encoder without labels, then MOS to a scorer."""

import functools
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from tfiqa import backbones
from tfiqa import regression
from tfiqa import run_folder
from tfiqa import trainers
from tfiqa.data.load import Source
from tfiqa.data.ops import decode_example
from tfiqa.data.sources import Sources
from tfiqa.encoder import load_encoder
from tfiqa.methods.contrique import batches as pipelines
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.network import build_encoder
from tfiqa.methods.contrique.network import build_reference_scorer
from tfiqa.methods.contrique.network import build_scorer
from tfiqa.methods.contrique.network import build_trainee
from tfiqa.methods.contrique.network import build_trunk
from tfiqa.optimizers import TorchSGD
from tfiqa.optimizers import WarmUpCosine
from tfiqa.references import References
from tfiqa.references import names_references
from tfiqa.scorer import reader

# The released code means to spare batch normalisation from decay, and finds the layers
# inside of the residual blocks alone.
NO_DECAY = {
    "kernels": (r"\b(gamma|beta)$",),
    "released": (r"\bstack\d+_block\d+_[123]_bn/",),
}


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Trains an encoder without labels, then a ridge regression on its features.

    `encoder.keras` is written into the run's folder; `sources.encoder` is used instead
    of training one.

    Returns:
        The scorer, in single precision whatever the encoder was trained in.
    """
    labelled = sources.labelled()
    if config.references is not None and not all(
        names_references(source) for source in labelled
    ):
        raise ValueError(
            "Examples with a `reference_id` are expected where there are references. "
            f"Received: {labelled[0].name!r}, references={config.references!r}"
        )
    if sources.encoder is None:
        encoder = pretrain(config, sources, run)
    else:
        encoder = load_encoder(sources.encoder)
    if run.is_chief:
        run_folder.save_model(encoder, run.folder / "encoder.keras")
    return regress(config, encoder, labelled, run)


def pretrain(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the encoder learned from `sources.images` and `authentic_images`."""
    run.check_batch(config.batch_size)
    images, authentic = sources.unlabelled(), sources.authentic_images
    steps = pipelines.steps_per_epoch(images, authentic, config)
    keras.utils.set_random_seed(run.seed)
    with run.scope():
        trainee = build_trainee(config, seed=run.seed)
        trainee.compile(build_optimizer(config, steps=steps * config.epochs))
        backbones.synchronize(trainee, across_replicas=run.replicas > 1)

    def batches(first: int):
        epochs = range(first, config.epochs)
        return pipelines.batches(
            images, authentic, config, seed=run.seed, epochs=epochs
        )

    trainers.fit(trainee, batches, epochs=config.epochs, steps_per_epoch=steps, run=run)
    backbones.synchronize(trainee, across_replicas=False)
    return build_encoder(
        trainers.float32_copy(lambda: build_trunk(config), trainee.network)
    )


def regress(
    config: Config,
    encoder: keras.Model,
    labelled: tuple[Source, Source],
    run: trainers.Run,
) -> keras.Model:
    """Returns the scorer of an encoder: alpha and weights of the ridge are learned.

    Alpha is the one whose median SROCC on validation is best over divisions of the
    pictures by content; without them, on the validation part. The weights are fitted
    to both parts.
    """
    alone = reader(encoder)
    if config.references is None:
        read, build = (lambda example: alone(example["image"])), build_scorer
    else:
        read = difference_reader(alone, References(config.references))
        build = build_reference_scorer
        run.report["references"] = config.references
    names = ("train", "validation")
    features = [
        trainers.extract(read, _pictures(source), source.count, run=run, name=name)
        for name, source in zip(names, labelled, strict=True)
    ]
    scores = [source.scores for source in labelled]
    alpha, figures = choose_alpha(config, features, scores, labelled)
    run.report["regression"] = figures
    ridge = regression.fit_ridge(
        np.concatenate(features), np.concatenate(scores), alpha, standardized=False
    )
    metadata = {"method": "contrique", "min_side": 1, **labelled[0].description()}
    return build(encoder, ridge, metadata)


def difference_reader(
    read: Callable[[np.ndarray], np.ndarray], references: References
) -> Callable[[Any], np.ndarray]:
    """Returns the function from an example to how much it differs from its reference.

    Args:
        read: From one picture to its features `(d,)`.
        references: By `reference_id`.
    """
    described = functools.lru_cache(8)(lambda name: read(references.find(name)))

    def difference(example) -> np.ndarray:
        name = bytes(example["reference_id"]).decode()
        return np.abs(described(name) - read(example["image"]))

    return difference


def choose_alpha(
    config: Config,
    features: list[np.ndarray],
    scores: list[np.ndarray],
    labelled: tuple[Source, Source],
) -> tuple[float, dict[str, Any]]:
    """Returns the strength of the ridge, and the figures that were met on the way."""
    (known, unseen), (mos, unseen_mos) = features, scores
    contents = np.concatenate([contents_of(source) for source in labelled])
    if config.repeats and len(np.unique(contents)) >= 3:
        repeats = regression.repeated(
            np.concatenate(features),
            np.concatenate(scores),
            contents,
            alphas=config.alphas,
            repeats=config.repeats,
            standardized=False,
        )
        found = repeats.summary()
        print(
            f"ridge: alpha {repeats.alpha:.3g}; medians over {config.repeats} "
            f"divisions by content: SROCC {found['srocc_median']:.3f}, "
            f"PLCC {found['plcc_median']:.3f}"
        )
        return repeats.alpha, {"alpha": repeats.alpha, **found}
    alpha, srocc = regression.choose_alpha(
        *(known, mos, unseen, unseen_mos, config.alphas), standardized=False
    )
    print(f"ridge: alpha {alpha:.3g}, validation SROCC {srocc:.3f}")
    return alpha, {"alpha": alpha, "validation_srocc": srocc}


def build_optimizer(config: Config, *, steps: int) -> TorchSGD:
    """Returns the optimizer, whose rate rises and falls within so many steps."""
    return TorchSGD(
        WarmUpCosine(config.learning_rate, max(steps, 1), config.warm_up),
        momentum=config.momentum,
        l2=config.weight_decay,
        no_decay=NO_DECAY[config.decay],
    )


def contents_of(source: Source) -> np.ndarray:
    """Returns the reference content of each picture, its own id where none is known."""
    rows = source.examples.map(
        lambda row: row.get("reference_id", row["image_id"])
    ).as_numpy_iterator()
    return np.array([bytes(row).decode() for row in rows], dtype=np.str_)


def _pictures(source: Source) -> Callable[[int], Iterator[Any]]:
    """Returns the function from a first row to the examples from there on."""
    return lambda first: (
        source.examples.skip(first).map(decode_example).as_numpy_iterator()
    )
