"""The second stage of contentsep: agreement of views of photographs, less content."""

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from tfiqa import backbones
from tfiqa import trainers
from tfiqa.data import feeding
from tfiqa.data import views
from tfiqa.data.held_images import held_out
from tfiqa.data.images import Images
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.methods.contentsep.config import Config
from tfiqa.methods.contentsep.content import build_content
from tfiqa.methods.contentsep.content import photograph_views
from tfiqa.methods.contentsep.held import CHOICE
from tfiqa.methods.contentsep.held import HeldPairs
from tfiqa.methods.contentsep.held import ended
from tfiqa.models.contentsep_networks import build_trainer
from tfiqa.optimizers import TorchAdam
from tfiqa.trainers.state import TrainingState


def learn_photographs(
    encoder: keras.Model, config: Config, photographs: Images, run: trainers.Run
) -> None:
    """Trains the encoder on authentic images: the second stage."""
    run = dataclasses.replace(run, folder=run.folder / "authentic")
    keras.utils.set_random_seed(run.seed)
    cut = run.cut(2 * config.batch_size, config.micro_batch)
    run.say(cut.describe())
    with run.scope():
        game = build_game(
            encoder, config, photographs, seed=run.seed, micro_batch=cut.micro_batch
        )
    backbones.synchronize(game.encoder, across_replicas=cut.synchronized)
    # It sees the features of all crops in any case.
    backbones.synchronize(game.predictor, across_replicas=run.replicas > 1)
    held = None
    if config.held_pairs:
        photographs, held = _held(game, config, photographs, run)
    last = 0
    for begin, epochs in _phases(game, config):
        begin()
        last += epochs
        _fit_until(game, last, config, photographs, held, run)
        # Each phase has its own step function; the training is resumed with it.
        run = dataclasses.replace(run, resume=True)
    for network in (game.encoder, game.predictor):
        backbones.synchronize(network, across_replicas=False)


def _phases(
    game: trainers.ContentSeparation, config: Config
) -> list[tuple[Callable[[], None], int]]:
    """Returns what begins each phase of the second stage, and its epochs."""
    agreement = (lambda: None, config.epochs)
    if game.estimator is None:
        return [agreement]
    phases = [
        (agreement[0], config.penalty_from),
        (game.warm_up, config.estimator_epochs),
        (game.penalize, config.epochs - config.penalty_from),
    ]
    return [(begin, epochs) for begin, epochs in phases if epochs]


def _fit_until(game, last: int, config: Config, photographs: Images, held, run) -> None:
    """Trains until epoch `last`, or until the held pairs end the training."""
    if held is not None and ended(held.choices, config.patience):
        last = len(held.choices)
    trainers.fit(
        game,
        feeding.from_position(
            *(photograph_batches, photographs, config), run=run, epochs=last
        ),
        epochs=last,
        steps_per_epoch=photographs.count // config.batch_size,
        run=run,
        callbacks=[] if held is None else [held],
        monitor=None if held is None else CHOICE,
    )


def _held(game, config: Config, photographs: Images, run: trainers.Run):
    """Returns the photographs to learn from, and the figures of those held back."""
    rest, back = held_out(photographs, config.held_pairs, seed=run.seed)
    one = dataclasses.replace(config, batch_size=1)
    batches = photograph_batches(back, one, seed=run.seed, epochs=range(1))
    elements = list(batches.as_numpy_iterator())
    both = [e if isinstance(e, tuple) else (e, e) for e in elements]
    pairs, seen = map(np.concatenate, zip(*both, strict=True))
    state = TrainingState(run.folder, monitor=CHOICE)
    if run.resume:
        state.restore(game)
    choices = [row[CHOICE] for row in state.log]
    held = HeldPairs(game, pairs, seen, patience=config.patience, choices=choices)
    if not choices:
        figures = ", ".join(f"{k} {v:.4f}" for k, v in held.figures().items())
        run.say(f"{len(pairs)} held pairs before training: {figures}")
    return rest, held


def build_game(
    encoder: keras.Model,
    config: Config,
    photographs: Images,
    *,
    seed: int,
    micro_batch: int | None = None,
) -> trainers.ContentSeparation:
    """Returns the compiled model of the second stage around an encoder."""
    content = None
    if config.penalized:
        content = build_content(config, photographs, seed=seed)
    game = build_trainer(
        encoder,
        content,
        predictor_width=config.predictor_width,
        penalty=config.penalty,
        penalty_unit=config.penalty_unit,
        likelihood=config.likelihood,
        pairing=config.pairing,
        estimator_mean=config.estimator_mean,
        micro_batch=micro_batch,
    )
    game.compile(
        TorchAdam(config.learning_rate),
        TorchAdam(config.predictor_rate),
        TorchAdam(config.estimator_rate, l2=config.estimator_decay),
    )
    return game


def photograph_batches(
    photographs: Images, config: Config, *, seed: int, epochs: range, part: Part = WHOLE
):
    """Returns batches for the second stage, float32 `(n, 2, size, size, 3)`.

    With them comes what the content network sees, if it sees anything else.
    """
    differs = config.penalized and config.view_scale == "native"

    def cut(image, key):
        pairs, seen = photograph_views(image, key, config)
        return (pairs, seen) if differs else pairs

    return views.batches(
        *(photographs, cut),
        batch_size=config.batch_size,
        seed=seed,
        epochs=epochs,
        part=part,
    ).prefetch(2)
