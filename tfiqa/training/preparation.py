"""Prepares a training run: its data, config, devices and folder."""

import dataclasses
import sys
from pathlib import Path
from typing import Any

from tfiqa import trainers
from tfiqa.data import image_size
from tfiqa.data.load import Splits
from tfiqa.data.load import load
from tfiqa.data.prepared import prepare_dataset
from tfiqa.data.sources import Sources
from tfiqa.data.subsets import for_training
from tfiqa.methods import METHODS
from tfiqa.methods import Method
from tfiqa.training import run_folder
from tfiqa.training import run_sources
from tfiqa.training import strategies
from tfiqa.training.request import EMBEDDED
from tfiqa.training.request import TrainingRequest


@dataclasses.dataclass(frozen=True, eq=False)
class PreparedTraining:
    """A checked training, ready to begin.

    Attributes:
        request: The request.
        method: The row of the method.
        config: The method's config, with recipe and fields applied.
        splits: The three parts of the dataset.
        sources: The data that the method learns from.
        run: The existing folder, the seed and the devices.
    """

    request: TrainingRequest
    method: Method
    config: Any
    splits: Splits
    sources: Sources
    run: trainers.Run


def prepare_training(request: TrainingRequest) -> PreparedTraining:
    """Opens and checks the data of a training, and creates the folder of the run.

    Only this function calls the method's `check`. If it raises an error, it leaves
    nothing behind.

    Raises:
        ValueError: If a field, a recipe, a source or the folder is not as expected.
        OSError: If a dataset is not prepared, or a file cannot be read or written.
    """
    strategy = strategies.create(request.strategy)  # Before any computation.
    method = METHODS[request.method]
    config = method.configured(request.chosen_recipe, request.fields)
    if request.image_size is not None:
        image_size.parse(request.image_size)  # Before anything is opened.
    splits = open_splits(request)
    sources = open_sources(splits, request)
    run = trainers.Run(
        Path(request.output or f"runs/{request.method}"),
        seed=request.seed,
        resume=request.resume,
        strategy=strategy,
        keeps_last=request.epoch_choice == "last",
        mixed_precision=request.mixed_precision,
        feeding_processes=request.feeding_processes,
        augment_on=request.augment_on,
        verbose=request.verbose,
        checkpoint_minutes=request.checkpoint_minutes,
        profile=request.profile,
        has_micro_batch=hasattr(config, "micro_batch"),
    )
    _report_protocol(request, run)
    if request.image_size and getattr(config, "references", None):
        raise ValueError(
            "Either `references` or `image_size` is expected, since references "
            f"keep their size. Received: image_size={request.image_size!r}"
        )
    method.check(config, sources, run)
    if request.export_preset is not None:
        _check_packaged(config, request)
    prepared = PreparedTraining(request, method, config, splits, sources, run)
    run_folder.open_folder(
        run.folder,
        facts(prepared),
        resume=request.resume,
        overwrite=request.overwrite,
        exclusive=run.is_chief,
    )
    return prepared


def _report_protocol(request: TrainingRequest, run: trainers.Run) -> None:
    """Says what departs from the default protocol, which no result may hide."""
    if request.image_size is not None:
        size = image_size.parse(request.image_size).describe()
        run.say(f"Images of {request.dataset_name} are resized to {size}.")
    if request.epoch_choice == "last":
        run.say("The last epoch is kept; validation images are trained on as well.")
    if request.epoch_choice == "best_test":
        print(
            "Warning: the epoch that is best on the test images is kept, as some "
            "authors do. The figures are too good: test images have chosen the scorer.",
            file=sys.stderr,
        )


def _check_packaged(config: Any, request: TrainingRequest) -> None:
    if getattr(config, "backbone_weights", None) != "package":
        raise ValueError(
            "`export_preset` is for a method whose `backbone_weights` are 'package'. "
            f"Received: method={request.method!r}, "
            f"export_preset={str(request.export_preset)!r}"
        )


def open_splits(request: TrainingRequest) -> Splits:
    """Returns the parts of the dataset; prepares the generated one if necessary.

    If all images are learned from, the validation part also serves as the test part.
    """
    name = request.dataset_name
    if name.split("/")[0] == EMBEDDED:
        prepare_dataset(name, data_dir=request.data_dir, wait=True)
    splits = load(
        name,
        data_dir=request.data_dir,
        split_seed=request.split_seed,
        divisions=request.divisions,
    )
    splits = image_size.resized_parts(splits, request.image_size)
    if request.learn_from == "parts":
        return splits
    train, validation = for_training(splits, seed=request.split_seed)
    return Splits(train, validation, validation, splits.fingerprint)


def open_sources(splits: Splits, request: TrainingRequest) -> Sources:
    """Returns the data that the method learns from; see `run_sources.open_sources`."""
    sources = run_sources.open_sources(
        splits,
        METHODS[request.method],
        recipe=request.chosen_recipe,
        photographs=request.dataset is not None,
        images=request.images,
        authentic_images=request.authentic_images,
        encoder=request.encoder,
        data_dir=request.data_dir,
        split_seed=request.split_seed,
    )
    test = splits.test if request.epoch_choice == "best_test" else None
    return dataclasses.replace(sources, epoch_choice=request.epoch_choice, test=test)


def facts(prepared: PreparedTraining) -> dict[str, Any]:
    """Returns all facts that determine the scorer of a run."""
    request = prepared.request
    return {
        "method": request.method,
        "recipe": request.chosen_recipe,
        "config": dataclasses.asdict(prepared.config),
        "dataset": prepared.splits.train.name,
        "fingerprint": prepared.splits.fingerprint,
        **run_sources.facts(prepared.sources),
        **_if_not_default(
            request, "learn_from", "divisions", "epoch_choice", "image_size"
        ),
        "split_seed": request.split_seed,
        "seed": request.seed,
        "strategy": request.strategy,
        "mixed_precision": request.mixed_precision,
    }


def _if_not_default(request: TrainingRequest, *names: str) -> dict[str, Any]:
    """Returns fields that differ from their defaults, so that older runs resume."""
    return {
        name: getattr(request, name)
        for name in names
        if getattr(request, name) != getattr(TrainingRequest, name)
    }
