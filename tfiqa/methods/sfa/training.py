"""Training of SFA: features of all images, the choice of a stage, and regressions."""

import keras
import numpy as np

from tfiqa import backbones
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.data.sources import Sources
from tfiqa.data.subsets import contents as contents_of
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.sfa import fitting
from tfiqa.methods.sfa.config import Config
from tfiqa.models import sfa
from tfiqa.regression import frozen
from tfiqa.scoring.scorer import reader


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the scorer of regressions on `sources.train` and `sources.validation`.

    Cross-validation on both parts chooses the stage and the weights. A resumed run
    reuses the features that it finds.
    """
    labeled = sources.labeled()
    keras.utils.set_random_seed(run.seed)  # For a trunk of random weights.
    trunk = sfa.build_trunk(
        config.backbone, config.backbone_weights, max(config.stages)
    )
    read = reader(sfa.build_descriptor(trunk, config.stages, **config.description))
    features = np.concatenate(
        [
            trainers.extract(
                lambda example: read(example["image"]),
                *(frozen.examples_from(source), source.count),
                run=run,
                name=name,
            )
            for name, source in zip(("train", "validation"), labeled, strict=True)
        ]
    )
    mos = np.concatenate([source.scores for source in labeled]).astype(np.float64)
    contents = np.concatenate([contents_of(source) for source in labeled])
    depths = [trunk.outputs[stage - 1].shape[-1] for stage in config.stages]
    columns = [sfa.columns_of_stage(depths, i) for i in range(len(depths))]
    index, weights = _choice(features, mos, contents, columns, config, run)
    linear = fitting.joined(features, mos, columns[index], weights, config)
    stage = config.stages[index]
    trunk = backbones.first_stages(trunk, stage)
    descriptor = sfa.build_descriptor(trunk, (stage,), **config.description)
    metadata = {"method": "sfa", "min_side": MIN_SIDE, **labeled[0].description()}
    return sfa.build_scorer(descriptor, linear, metadata)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are enough contents with scores, and the backbone.

    Raises:
        ValueError: Naming what is missing.
    """
    del run  # Any run is allowed.
    labeled = sources.labeled()
    checks.check(config)
    contents = {content for source in labeled for content in contents_of(source)}
    if len(contents) < config.folds:
        raise ValueError(
            "At least as many reference contents as `folds` are expected. Received: "
            f"folds={config.folds}, {len(contents)} contents of {labeled[0].name!r}"
        )


def _choice(
    features: np.ndarray,
    mos: np.ndarray,
    contents: np.ndarray,
    columns: fitting.Columns,
    config: Config,
    run: trainers.Run,
) -> tuple[int, np.ndarray]:
    """Returns the index of the stage, and the weights of its regressions.

    The stage is that of the best single regression, as in the authors' code.
    """
    equal = np.full(len(columns[0]), 1 / len(columns[0]))
    if len(columns) == 1 and config.weighting == "equal":
        return 0, equal
    sroccs = fitting.validated_sroccs(
        features, mos, contents, columns, config, seed=run.seed
    )
    index = int(sroccs.max(axis=1).argmax())
    weights = equal
    if config.weighting == "validated":
        weights = fitting.weights_of(sroccs[index])
    run.report["regression"] = {
        "stage": config.stages[index],
        "weights": weights.tolist(),
        "validated_srocc": sroccs.tolist(),
    }
    run.say(
        f"SFA: stage {config.stages[index]}; SROCC of its three regressions over "
        f"{config.folds} folds: {', '.join(f'{srocc:.3f}' for srocc in sroccs[index])}"
    )
    return index, weights
