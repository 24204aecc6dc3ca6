"""Training of a method, from a request to a scorer; nothing here reads flags."""

import dataclasses
import os
import time
from pathlib import Path
from typing import Any

import keras

from tfiqa import trainers
from tfiqa.metrics.comparison import Result
from tfiqa.scoring.explanations import copy_recognizer
from tfiqa.scoring.heldout import heldout
from tfiqa.scoring.references import References
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.serialization import save_model
from tfiqa.scoring.trunkless import write_preset
from tfiqa.training import run_folder
from tfiqa.training import run_sources
from tfiqa.training.preparation import PreparedTraining
from tfiqa.training.preparation import prepare_training
from tfiqa.training.request import TrainingRequest


@dataclasses.dataclass(frozen=True, eq=False)
class TrainedRun:
    """The result of a training run.

    Attributes:
        scorer: Model from float32 `(batch, height, width, 3)` in `[0, 255]` to float32
            `(batch, 1)`, higher is better; in single precision.
        folder: Folder of the run.
        path: The file `scorer.keras` in it. `None`, as are all following attributes, in
            a process that writes nothing: all workers but the first.
        heldout: Agreement with the MOS of held-out images; if there are none, of the
            images that chose the epoch.
        unit: Unit of the MOS.
        example: File with the first of these images.
        references: Folder of reference images, for a scorer that compares with them.
        learned_from: `learn_from` of the request.
        epoch_choice: `epoch_choice` of the request.
    """

    scorer: keras.Model
    folder: Path
    path: Path | None = None
    heldout: Result | None = None
    unit: str = ""
    example: Path | None = None
    references: str | None = None
    learned_from: str = "parts"
    epoch_choice: str = "validation"

    def lines(self) -> list[str]:
        """Returns lines for people: figures, the path of the scorer, how to use it."""
        if self.heldout is None:
            return []
        what = "Held-out images"
        if self.learned_from == "all":
            what = "Images that chose the epoch (none are held out)"
        if self.epoch_choice == "best_test":
            what = "Test images, which chose the epoch (figures too good)"
        more = "" if self.references is None else f" --reference {self.references}"
        return [
            f"{what} of {self.heldout.dataset}, {self.unit}:",
            *self.heldout.lines(),
            f"scorer: {self.path}",
            f"score an image: python -m tfiqa.score --model {self.path} "
            f"{self.example}{more}",
        ]


def train_method(
    method: str,
    *,
    dataset: str | None = None,
    output: str | os.PathLike[str] | None = None,
    seed: int = 0,
    recipe: str | None = None,
    images: str | None = None,
    authentic_images: str | None = None,
    encoder: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    split_seed: int = 0,
    divisions: str = "official",
    learn_from: str = "parts",
    epoch_choice: str = "validation",
    image_size: str | None = None,
    export_preset: str | os.PathLike[str] | None = None,
    strategy: str = "none",
    mixed_precision: bool = False,
    feeding_processes: int = 1,
    augment_on: str = "auto",
    resume: bool = False,
    overwrite: bool = False,
    checkpoint_minutes: float = 15.0,
    profile: bool = False,
    verbose: int = 1,
    **fields: Any,
) -> keras.Model:
    """Trains a method and returns its scorer.

    The keyword arguments are those of `TrainingRequest`, named like the flags of
    `python -m tfiqa.train`; all others are fields of the method's config. The run's
    folder also receives the scorer, as `scorer.keras`, with a record of the run and its
    figures on held-out images.

    Example:
        >>> scorer = train_method("linear_probe", dataset="koniq10k", recipe="quick")

    Returns:
        The scorer; see `TrainedRun.scorer`.

    Raises:
        ValueError: If a field does not exist (the error lists the existing ones), or a
            value is not allowed.
        OSError: If a dataset is not prepared, or a file cannot be read or written.
    """
    request = TrainingRequest(
        method,
        dataset=dataset,
        recipe=recipe,
        fields=fields,
        images=images,
        authentic_images=authentic_images,
        encoder=encoder,
        data_dir=data_dir,
        output=output,
        seed=seed,
        split_seed=split_seed,
        divisions=divisions,
        learn_from=learn_from,
        epoch_choice=epoch_choice,
        image_size=image_size,
        export_preset=export_preset,
        strategy=strategy,
        mixed_precision=mixed_precision,
        feeding_processes=feeding_processes,
        augment_on=augment_on,
        resume=resume,
        overwrite=overwrite,
        checkpoint_minutes=checkpoint_minutes,
        profile=profile,
        verbose=verbose,
    )
    return train_request(request).scorer


def train_request(request: TrainingRequest) -> TrainedRun:
    """Prepares and runs a training.

    Keras' global dtype policy stays what it is.

    Raises:
        ValueError: See `prepare_training`; or, as `UnfitImages`, if the images turn
            out to be unusable.
        OSError: See `prepare_training`.
    """
    return train_prepared(prepare_training(request))


def train_prepared(prepared: PreparedTraining) -> TrainedRun:
    """Trains, and writes the scorer, its figures and an example into the run's folder.

    Raises:
        UnfitImages: If the images turn out to be unusable.
    """
    try:
        return _train(prepared)
    finally:
        run_folder.release(prepared.run.folder)


def _train(prepared: PreparedTraining) -> TrainedRun:
    run = prepared.run
    started = time.monotonic()
    scorer = run_sources.train_scorer(
        prepared.method, prepared.config, prepared.sources, run
    )
    seconds = time.monotonic() - started
    if not run.is_chief:
        return TrainedRun(scorer, run.folder)
    return _finished(scorer, prepared, seconds=seconds)


def _finished(
    scorer: keras.Model, prepared: PreparedTraining, *, seconds: float
) -> TrainedRun:
    """Writes the scorer and completes the record of the run."""
    run, test = prepared.run, prepared.splits.test
    learned_from = prepared.request.learn_from
    if learned_from == "all":
        metadata(scorer)["learned_from"] = "all"
    path = save_model(scorer, run.folder / "scorer.keras")
    if prepared.request.export_preset is not None:
        preset = write_preset(scorer, Path(prepared.request.export_preset))
        copy_recognizer(path, preset)
    folder = run.report.get("references")
    references = None if folder is None else References(folder)
    result = heldout(scorer, test, references=references)
    figures = {
        name: dataclasses.asdict(figure) for name, figure in result.figures.items()
    }
    part = "validation" if learned_from == "all" else "test"
    # The state is deleted after this: a resumed run deletes it if it is still there.
    example = run_folder.save_example(test, run.folder)
    run_folder.complete(run.folder, {part: figures, "seconds": seconds, **run.report})
    trainers.delete_state(run.folder)
    return TrainedRun(
        *(scorer, run.folder, path, result, test.unit, example, folder, learned_from),
        prepared.request.epoch_choice,
    )
