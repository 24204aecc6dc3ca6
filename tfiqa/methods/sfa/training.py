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
    choice = fitting.choose(features, mos, contents, columns, config, seed=run.seed)
    _report(choice, config, run)
    linear = fitting.joined(
        features, mos, columns[choice.index], choice.weights, config
    )
    stage = config.stages[choice.index]
    trunk = backbones.first_stages(trunk, stage)
    descriptor = sfa.build_descriptor(trunk, (stage,), **config.description)
    metadata = {"method": "sfa", "min_side": MIN_SIDE, **labeled[0].description()}
    return sfa.build_scorer(descriptor, linear, metadata)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless the backbone exists and there are enough contents.

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


def _report(choice: fitting.Choice, config: Config, run: trainers.Run) -> None:
    stage, sroccs = config.stages[choice.index], choice.sroccs
    run.report["regression"] = {
        "stage": stage,
        "weights": choice.weights.tolist(),
        "validated_srocc": None if sroccs is None else sroccs.tolist(),
    }
    if sroccs is not None:
        figures = ", ".join(f"{srocc:.3f}" for srocc in sroccs[choice.index])
        run.say(
            f"SFA: stage {stage}; SROCC of its three regressions over {config.folds} "
            f"folds: {figures}"
        )
