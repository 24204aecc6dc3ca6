"""Training: computes features once, then trains members on shares of photographs."""

import keras
import numpy as np

from tfiqa import metrics
from tfiqa import trainers
from tfiqa.backbones import checks
from tfiqa.data.load import Source
from tfiqa.data.sources import Sources
from tfiqa.methods.frozen_trunk import features
from tfiqa.methods.frozen_trunk import versions
from tfiqa.methods.frozen_trunk.config import Config
from tfiqa.methods.frozen_trunk.learning import Ladders
from tfiqa.methods.frozen_trunk.learning import ladders_of
from tfiqa.methods.frozen_trunk.learning import learn
from tfiqa.methods.frozen_trunk.recognition import labels_of
from tfiqa.methods.frozen_trunk.recognition import recognizer_of
from tfiqa.models.frozen_trunk import build_descriptor
from tfiqa.models.frozen_trunk import build_scorer
from tfiqa.models.frozen_trunk import build_trunk
from tfiqa.regression.standardization import standardization
from tfiqa.scoring.calibration import calibrated
from tfiqa.scoring.explanations import write_recognizer
from tfiqa.scoring.scorer import reader


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the calibrated scorer, on the scale from 0 to 100.

    It learns from the photographs for training and for validation. Each member scores
    the share that it has not seen; these scores measure it and calibrate the scorer. A
    resumed run reuses the features that it finds, and trains again.
    """
    labeled = sources.labeled()
    keras.utils.set_random_seed(run.seed)  # For a trunk of random weights.
    trunk = build_trunk(
        config.backbone, config.backbone_weights, pixel_maps=config.pixel_maps
    )
    descriptor = build_descriptor(trunk, config.tile_side)
    read = reader(descriptor)
    photographs = np.concatenate(
        [
            features.of_photographs(read, source, run, name)
            for name, source in zip(("train", "validation"), labeled, strict=True)
        ]
    )
    scenes, pristine = features.scenes_of(config, sources, run.seed)
    plans = [versions.plan(config, run.seed, i) for i in range(len(pristine))]
    scene_features = features.of_scenes(
        read, scenes, plans, run, side=config.scene_side
    )
    standard = standardization(photographs, limit=config.limit)
    photographs, scene_features = standard(photographs), standard(scene_features)
    ladders = ladders_of(scene_features, plans, pristine)
    mos = np.concatenate([source.scores for source in labeled])
    members, unseen_scores = ensemble(config, photographs, mos, ladders, run)
    if config.recognizer_epochs:
        labels = labels_of(plans, pristine)
        recognizer, run.report["recognizer"] = recognizer_of(
            config, photographs, scene_features, labels, standard, seed=run.seed
        )
        write_recognizer(recognizer, run.folder / "scorer.keras")
    units = float(mos.std()), float(mos.mean())
    scorer = build_scorer(descriptor, standard, members, units, _metadata(labeled[0]))
    return _calibrated(scorer, unseen_scores, mos, labeled[0], config, run)


def check(config: Config, sources: Sources, run: trainers.Run) -> None:
    """Raises an error unless there are photographs with scores, and scenes."""
    del run  # Not needed.
    checks.check(config)
    train, validation = sources.labeled()
    sources.unlabeled()
    if train.count + validation.count < 2 * config.members:
        raise ValueError(
            "At least two photographs for each member are expected. Received: "
            f"{train.count + validation.count} for members={config.members}"
        )


def ensemble(
    config: Config,
    inputs: np.ndarray,
    mos: np.ndarray,
    ladders: Ladders,
    run: trainers.Run,
) -> tuple[list[list[np.ndarray]], np.ndarray]:
    """Returns the weights of all members, and scores of unseen photographs.

    Args:
        config: Hyperparameters of the method.
        inputs: Standardized features of photographs, `(n, d)`.
        mos: MOS of the photographs, `(n,)`.
        ladders: Versions of the scenes, and their order.
        run: Gives the seed of the shares and of the members.

    Returns:
        Kernels and biases of each member, whose scores are standardized MOS, and
        float64 scores `(n,)` in units of the MOS, each from the member that has not
        seen the photograph.
    """
    targets = (mos - mos.mean()) / max(float(mos.std()), 1e-12)
    share = np.random.default_rng(run.seed).permutation(len(mos)) % config.members
    members, unseen_scores = [], np.empty(len(mos))
    for number in range(config.members):
        is_training, is_left_out = share != number, share == number
        head = learn(
            config,
            inputs[is_training],
            targets[is_training],
            ladders,
            seed=run.seed * config.members + number,
        )
        scores = keras.ops.convert_to_numpy(head(inputs[is_left_out]))[:, 0]
        unseen_scores[is_left_out] = mos.mean() + mos.std() * scores
        srocc = metrics.srocc(unseen_scores[is_left_out], mos[is_left_out])
        print(f"member {number + 1}: SROCC {srocc:.3f} on its own share")
        members.append(head.get_weights())
    run.report["unseen_share"] = {
        "srocc": float(metrics.srocc(unseen_scores, mos)),
        "plcc": float(np.corrcoef(unseen_scores, mos)[0, 1]),
    }
    return members, unseen_scores


def _calibrated(
    scorer: keras.Model,
    unseen_scores: np.ndarray,
    mos: np.ndarray,
    source: Source,
    config: Config,
    run: trainers.Run,
) -> keras.Model:
    """Returns the scorer calibrated to 0..100, or unchanged for too few photographs."""
    try:
        return calibrated(
            scorer,
            unseen_scores,
            mos,
            mos_range=source.description()["mos_range"],
            dataset=source.name,
            level=config.coverage,
            seed=run.seed,
        )
    except ValueError as error:
        print(f"The scorer is not calibrated: {error}")
        return scorer


def _metadata(source: Source) -> dict:
    return {"method": "frozen_trunk", "min_side": 32, **source.description()}
