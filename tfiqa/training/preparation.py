"""Prepares a training run: its data, config, devices and folder."""

import dataclasses
from pathlib import Path
from typing import Any

from tfiqa import trainers
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
    splits = open_splits(request)
    sources = open_sources(splits, request)
    run = trainers.Run(
        Path(request.output or f"runs/{request.method}"),
        seed=request.seed,
        resume=request.resume,
        strategy=strategy,
        mixed_precision=request.mixed_precision,
        verbose=request.verbose,
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
        prepare_dataset(name, data_dir=request.data_dir)
    splits = load(name, data_dir=request.data_dir, split_seed=request.split_seed)
    if request.learn_from == "parts":
        return splits
    train, validation = for_training(splits, seed=request.split_seed)
    return Splits(train, validation, validation, splits.fingerprint)


def open_sources(splits: Splits, request: TrainingRequest) -> Sources:
    """Returns the data that the method learns from; see `run_sources.open_sources`."""
    return run_sources.open_sources(
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
        **({"learn_from": "all"} if request.learn_from == "all" else {}),
        "split_seed": request.split_seed,
        "seed": request.seed,
        "strategy": request.strategy,
        "mixed_precision": request.mixed_precision,
    }
