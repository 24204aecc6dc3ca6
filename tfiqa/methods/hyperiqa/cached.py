"""Training of HyperIQA on a frozen trunk, whose maps of crops are computed once.

The crops are those that the scorer cuts from an image. Networks that learn from all
images but one share score the images of that share; these scores calibrate the scorer,
whose network learns from all images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from tfiqa import metrics
from tfiqa import trainers
from tfiqa.backbones.pooled import build_pooled
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.hyperiqa.crop_maps import CropMaps
from tfiqa.methods.hyperiqa.crop_maps import of_source
from tfiqa.methods.hyperiqa.rates import build_optimizer
from tfiqa.methods.hyperiqa.rates import rate_callback
from tfiqa.models.hyperiqa import build_scorer
from tfiqa.models.hyperiqa_head import build_head
from tfiqa.models.hyperiqa_head import build_trainee
from tfiqa.models.hyperiqa_head import on_trunk
from tfiqa.scoring.calibration import calibrated

if TYPE_CHECKING:
    from tfiqa.data.sources import Sources
    from tfiqa.methods.hyperiqa.config import Config


def train(config: Config, sources: Sources, run: trainers.Run) -> keras.Model:
    """Returns the calibrated scorer, on the scale from 0 to 100.

    It learns from the images for training and for validation. A resumed run reuses the
    maps that it finds, and trains again.
    """
    labeled = sources.labeled()
    keras.utils.set_random_seed(run.seed)  # For a trunk of random weights.
    trunk = build_pooled(config.backbone, config.backbone_weights, config.crop_size)
    blocks = [
        block
        for name, source in zip(("train", "validation"), labeled, strict=True)
        for block in of_source(trunk, source, run, name, grid=config.grid)
    ]
    maps = CropMaps(blocks, [shape[1:] for shape in trunk.output_shape])
    mos = np.concatenate([source.scores for source in labeled])
    unseen = unseen_scores(config, maps, mos, run)
    head = learn(config, maps, mos, np.arange(len(mos)), seed=run.seed)
    scale, offset = units(mos)
    description = labeled[0].description()
    scorer = build_scorer(
        on_trunk(trunk, head),
        scale=scale,
        offset=offset,
        metadata={"method": "hyperiqa", "min_side": MIN_SIDE, **description},
        **config.cutting,
    )
    if not config.folds:
        return scorer
    try:
        return calibrated(
            scorer,
            unseen,
            mos,
            mos_range=description["mos_range"],
            dataset=labeled[0].name,
            level=config.interval_share,
            seed=run.seed,
        )
    except ValueError as error:
        run.say(f"The scorer is not calibrated: {error}")
        return scorer


def unseen_scores(
    config: Config, maps: CropMaps, mos: np.ndarray, run: trainers.Run
) -> np.ndarray:
    """Returns the score of each image from a network that has not seen it, `(n,)`.

    Args:
        config: Hyperparameters of the method.
        maps: Maps of the crops of the images.
        mos: MOS of the images, `(n,)`.
        run: Gives the seed of the shares and of the networks.
    """
    scores = np.full(len(mos), np.nan)
    if not config.folds:
        return scores
    share = np.random.default_rng(run.seed).permutation(len(mos)) % config.folds
    for number in range(config.folds):
        seen, left_out = (
            np.flatnonzero(share != number),
            np.flatnonzero(share == number),
        )
        seed = (run.seed + 1) * config.folds + number
        head = learn(config, maps, mos, seen, seed=seed)
        scale, offset = units(mos[seen])
        scores[left_out] = offset + scale * predict(head, maps, left_out)
        srocc = metrics.srocc(scores[left_out], mos[left_out])
        run.say(f"network {number + 1}: SROCC {srocc:.3f} on the share it has not seen")
    run.report["unseen_share"] = {
        "srocc": float(metrics.srocc(scores, mos)),
        "plcc": float(np.corrcoef(scores, mos)[0, 1]),
    }
    return scores


def learn(
    config: Config, maps: CropMaps, mos: np.ndarray, images: np.ndarray, *, seed: int
) -> keras.Model:
    """Returns the trained network from maps to content and standardized MOS.

    Args:
        config: Hyperparameters of the method.
        maps: Maps of the crops of all images.
        mos: MOS of all images.
        images: Rows of the images to learn from.
        seed: Seed of weights and order.
    """
    keras.utils.set_random_seed(seed)
    head = build_head(maps.shapes, maps.standards(images), **config.head)
    trainee = build_trainee(head, dropout=config.map_dropout)
    optimizer = build_optimizer(config)
    trainee.compile(optimizer, loss="mean_absolute_error")  # Section 3.5.
    scale, offset = units(mos[images])
    targets = ((mos - offset) / scale).astype(np.float32)
    for epoch in range(config.epochs):
        trainee.fit(
            Batches(config, maps, targets, images, seed=(seed, epoch)),
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[rate_callback(config, optimizer)],
        )
    return head


def predict(head: keras.Model, maps: CropMaps, images: np.ndarray) -> np.ndarray:
    """Returns the mean output of a network over the crops of each image, `(n,)`."""
    trainee, crops = build_trainee(head), np.arange(maps.per_image)
    return np.array(
        [
            trainee.predict_on_batch(
                maps.take(np.full(len(crops), image), crops)
            ).mean()
            for image in images
        ]
    )


def units(mos: np.ndarray) -> tuple[float, float]:
    """Returns deviation and mean of the MOS, of which networks learn z-scores."""
    return max(float(mos.std()), 1e-12), float(mos.mean())


class Batches(keras.utils.PyDataset):
    """The batches of an epoch: some crops of each image, in random order.

    Args:
        config: Hyperparameters of the method.
        maps: Maps of the crops of all images.
        targets: Target of each image, `(n,)`.
        images: Rows of the images to learn from.
        seed: Determines the crops and their order.
    """

    def __init__(self, config, maps, targets, images, seed):
        super().__init__(workers=1, use_multiprocessing=False)
        self.maps, self.targets = maps, targets
        rng = np.random.default_rng(seed)
        every = np.tile(np.arange(maps.per_image), (len(images), 1))
        drawn = rng.permuted(every, axis=1)[:, : config.patches]
        pairs = np.stack([np.repeat(images, drawn.shape[1]), drawn.ravel()], axis=1)
        self.pairs = rng.permutation(pairs)
        self.size = min(config.batch_size, len(pairs))

    @property
    def num_batches(self):
        return len(self.pairs) // self.size

    def __getitem__(self, index):
        images, crops = self.pairs[index * self.size : (index + 1) * self.size].T
        return self.maps.take(images, crops), self.targets[images, None]
