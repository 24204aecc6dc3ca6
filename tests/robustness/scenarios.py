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

from tests.support.prepared_data import NAME
from tests.support.prepared_data import prepare_scored
from tests.support.tiny_scorers import FAST
from tests.support.tiny_scorers import toy_encoder
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.methods import METHODS

Command = tuple[str, tuple[str, ...]]

# They learn nothing, so that nothing of them can be lost.
_FIXED = ("piqe",)


@dataclass(frozen=True)
class Scenario:
    """A command that is killed while it works in a folder of its own.

    Attributes:
        begin: The module and the arguments.
        go_on: Returns the command that completes the folder after a kill, or None if
            nothing is left to do.
        result: Returns what must be equal, however often the command was killed.
        replaces: Whether the command replaces a result, which must be complete at every
            moment.
    """

    begin: Command
    go_on: Callable[[Path], Command | None]
    result: Callable[[Path], Any]
    replaces: bool = False


def prepare_inputs(folder: Path) -> None:
    """Writes what all scenarios read: images, a dataset, a scorer and an encoder."""
    prepare_scored(folder)
    for name, count, sides in (("pictures", 60, (300, 400)), ("scenes", 4, (180, 176))):
        (folder / name).mkdir()
        for number in range(count):
            pixels = toy_image(number, *sides)
            Image.fromarray(pixels).save(folder / name / f"{number:02}.png")
    toy_scorer().save(folder / "scorer.keras")
    toy_encoder().save(folder / "encoder.keras")


def scenarios(inputs: Path) -> dict[str, Scenario]:
    """Returns the scenarios on what `prepare_inputs` wrote, by name."""
    trained = [name for name in FAST if name not in _FIXED]
    return {
        "prepare": _prepare(inputs),
        "score": _score(inputs),
        "evaluate": _evaluate(inputs),
        "export saved_model": _export(inputs, "saved_model", "exported"),
        "export over": _export_over(inputs),
        "export tflite": _export(inputs, "tflite", "scorer.tflite"),
        "export onnx": _export(inputs, "onnx", "scorer.onnx"),
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


def _export(inputs: Path, kind: str, name: str) -> Scenario:
    arguments = (str(inputs / "scorer.keras"), name)
    module = f"tfiqa.export.{kind}"

    def go_on(folder: Path) -> Command | None:
        if (folder / name).exists():
            return None
        # The files beside the export are put first.
        over = ["--overwrite"] if any(folder.glob(f"{name}.*")) else []
        return module, (*over, *arguments)

    def result(folder: Path) -> Any:
        """Ignores hidden files of a killed command, which the next one removes."""
        for path in folder.glob("**/*.json"):
            json.loads(path.read_text())
        names = (p.relative_to(folder).as_posix() for p in folder.rglob("*"))
        return sorted(name for name in names if not name.startswith("."))

    return Scenario((module, arguments), go_on, result)


def _export_over(inputs: Path) -> Scenario:
    once = _export(inputs, "saved_model", "exported")
    module, arguments = once.begin
    over = module, ("--overwrite", *arguments)

    def result(folder: Path) -> Any:
        """Ignores the scratch folder of a killed command, which the next removes."""
        return [name for name in once.result(folder) if name.startswith("exported")]

    return Scenario(over, lambda _: over, result, replaces=True)


def _train(inputs: Path, method: str) -> Scenario:
    fields = [f"--set={name}={value!r}" for name, value in FAST[method].items()]
    arguments = (
        *("--method", method, "--dataset", NAME, "--data_dir", str(inputs)),
        *("--recipe", "quick", "--output", "run", *fields),
    )
    if METHODS[method].images_for("quick") is not None:
        arguments += ("--images", str(inputs / "scenes"))
    if method == "pristine_distance":
        arguments += ("--encoder", str(inputs / "encoder.keras"))

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
