"""Commands to be killed: how they start, how they go on, and what they leave."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

from tests.methods.test_contract import FAST
from tests.support.prepared_data import NAME
from tests.support.prepared_data import prepare_scored
from tests.support.toy_scorer import picture
from tests.support.toy_scorer import toy_scorer

Command = tuple[str, tuple[str, ...]]

# They look at no pictures of the dataset long enough to be killed.
_FIXED = ("piqe",)


@dataclass(frozen=True)
class Scenario:
    """A command that is killed while it works in a folder of its own.

    Attributes:
        begin: The module and the arguments.
        go_on: Returns the command that brings the folder to its end after a kill, or
            None if nothing is left to do.
        result: Returns what must be equal, however often it was killed.
    """

    begin: Command
    go_on: Callable[[Path], Command | None]
    result: Callable[[Path], Any]


def prepare_inputs(folder: Path) -> None:
    """Writes what all scenarios read: pictures, a dataset and a scorer."""
    prepare_scored(folder)
    (folder / "pictures").mkdir()
    for number in range(60):
        pixels = picture(number, 300, 400)
        Image.fromarray(pixels).save(folder / "pictures" / f"{number:02}.png")
    toy_scorer().save(folder / "scorer.keras")


def scenarios(inputs: Path) -> dict[str, Scenario]:
    """Returns the scenarios on what `prepare_inputs` wrote, by name."""
    trained = [name for name in FAST if name not in _FIXED]
    return {
        "prepare": _prepare(inputs),
        "score": _score(inputs),
        "evaluate": _evaluate(inputs),
        "export": _export(inputs),
        **{f"train {name}": _train(inputs, name) for name in trained},
    }


def _prepare(inputs: Path) -> Scenario:
    source = str(inputs / "source")
    arguments = (NAME, "--manual_dir", source, "--data_dir", "data")
    command = "tfiqa.prepare", arguments

    def result(folder: Path) -> Any:
        built = next((folder / "data" / "mos_folder").glob("*/*"))
        return _digests(built, lambda path: "tfrecord" in path.name)

    return Scenario(command, lambda _: command, result)


def _score(inputs: Path) -> Scenario:
    arguments = (
        *("--model", str(inputs / "scorer.keras"), "--batch_size", "4"),
        *("--output", "rows.csv", str(inputs / "pictures")),
    )

    def go_on(folder: Path) -> Command | None:
        if (folder / "rows.csv").exists():
            return None
        left = (folder / "rows.csv.partial").exists()
        return "tfiqa.score", (*(["--resume"] if left else []), *arguments)

    return Scenario(
        ("tfiqa.score", arguments),
        go_on,
        lambda folder: (folder / "rows.csv").read_text(),
    )


def _evaluate(inputs: Path) -> Scenario:
    arguments = (
        *("--model", str(inputs / "scorer.keras"), "--dataset", NAME),
        *("--data_dir", str(inputs), "--split", "all", "--resamples", "50"),
        *("--output", "out"),
    )
    command = "tfiqa.evaluate", arguments
    return Scenario(
        command,
        lambda _: command,
        lambda folder: (folder / "out" / "results.csv").read_text(),
    )


def _export(inputs: Path) -> Scenario:
    arguments = (str(inputs / "scorer.keras"), "exported")

    def go_on(folder: Path) -> Command | None:
        return None if (folder / "exported").exists() else command

    def result(folder: Path) -> Any:
        exported = folder / "exported"
        return sorted(
            path.relative_to(exported).as_posix() for path in exported.rglob("*")
        )

    command = "tfiqa.export.saved_model", arguments
    return Scenario(command, go_on, result)


def _train(inputs: Path, method: str) -> Scenario:
    fields = [f"--set={name}={value!r}" for name, value in FAST[method].items()]
    arguments = (
        *("--method", method, "--dataset", NAME, "--data_dir", str(inputs)),
        *("--recipe", "quick", "--output", "run", *fields),
    )

    def go_on(folder: Path) -> Command | None:
        record = folder / "run" / "run.json"
        if record.exists() and "outcome" in json.loads(record.read_text()):
            left = [*(folder / "run").glob("**/state-*")]
            if not left:
                return None
        begun = (folder / "run").exists() and any((folder / "run").iterdir())
        return "tfiqa.train", (*arguments, *(["--resume"] if begun else []))

    return Scenario(
        ("tfiqa.train", arguments),
        go_on,
        lambda folder: weights_of(folder / "run" / "scorer.keras"),
    )


def weights_of(path: Path) -> str:
    """Returns a digest of all arrays in a `.keras` file."""
    found = hashlib.sha256()
    with (
        zipfile.ZipFile(path) as archive,
        archive.open("model.weights.h5") as weights,
        h5py.File(weights, "r") as file,
    ):

        def add(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                found.update(name.encode() + np.ascontiguousarray(item[()]).tobytes())

        file.visititems(add)
    return found.hexdigest()


def _digests(folder: Path, chosen: Callable[[Path], bool]) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if chosen(path)
    }
