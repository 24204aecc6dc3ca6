"""A training run for every point of a grid over the fields of a method's config.

Every point has its own run, in a folder named by its values, and a row in the table,
which is rewritten after each run. A grid that was stopped resumes where it was;
complete runs are not trained again.
"""

import csv
import dataclasses
import gc
import io
import itertools
import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from tfiqa.config.overrides import override
from tfiqa.files import atomic
from tfiqa.methods import METHODS
from tfiqa.training import run_folder
from tfiqa.training.execution import TrainedRun
from tfiqa.training.execution import train_request
from tfiqa.training.flags import format_flags
from tfiqa.training.request import TrainingRequest

TABLE = "ablation.csv"
RECORD = "ablation.json"

Point = dict[str, Any]
Row = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class AblationRequest:
    """A grid of training runs.

    Attributes:
        training: The request that all runs share. `output`, `resume` and `overwrite`
            are ignored.
        grid: The values of each field of the config; the last field varies fastest.
        output: Folder of the runs; `None` for `runs/METHOD-ablation`.
        arguments: Flags to record as those that the runs share; `None` for those of
            `training`.
    """

    training: TrainingRequest
    grid: Mapping[str, Sequence[Any]]
    output: str | os.PathLike[str] | None = None
    arguments: tuple[str, ...] | None = None

    @property
    def folder(self) -> Path:
        """The folder of the runs."""
        return Path(self.output or f"runs/{self.training.method}-ablation")


@dataclasses.dataclass(frozen=True)
class AblationResults:
    """The results of a grid.

    Attributes:
        rows: One row per point: its values, `status` (`"complete"` or `"failed"`), and
            if complete its figures with the ends of their intervals.
        path: The CSV file with these rows.
    """

    rows: tuple[Row, ...]
    path: Path

    @property
    def complete(self) -> int:
        """Number of complete runs."""
        return sum(row["status"] == "complete" for row in self.rows)


def run_ablation(
    request: AblationRequest,
    *,
    train: Callable[[TrainingRequest], TrainedRun] = train_request,
) -> AblationResults:
    """Trains every point of a grid whose run is not complete.

    The runs follow one another in this process; Keras' global state is cleared between
    them. A failed run is reported on standard error and does not stop the grid.

    Args:
        request: The grid.
        train: Trains one point.

    Example:
        >>> results = run_ablation(
        ...     AblationRequest(
        ...         TrainingRequest("linear_probe", dataset="koniq10k", recipe="quick"),
        ...         grid={"scales": (1, 2)},
        ...     )
        ... )

    Raises:
        ValueError: If a field of the grid does not exist or has no values, or if the
            folder holds runs with other shared settings.
    """
    points = grid_points(request)
    _open_folder(request)
    rows: list[Row] = []
    for number, point in enumerate(points, 1):
        run = request.folder / folder_name(point)
        if outcome_of(run) is None:
            if request.training.verbose:
                print(f"\nRun {number} of {len(points)}: {run}", flush=True)
            keras.utils.clear_session()  # Resets the numbers of layer names.
            gc.collect()
            _attempt(train, _training_of(point, request.training, run))
        rows.append(row_of(run, point))
        _write_table(rows, request.folder / TABLE)
    return AblationResults(tuple(rows), request.folder / TABLE)


def grid_points(request: AblationRequest) -> list[Point]:
    """Returns the values of the fields at all points; the last field varies fastest.

    Raises:
        ValueError: If the method does not have a field, or a field has no values.
    """
    config = METHODS[request.training.method].config()
    known = {field.name for field in dataclasses.fields(config)}
    for name, values in request.grid.items():
        if not values:
            raise ValueError(f"Values are expected for `{name}`. Received: none")
        if name not in known:
            override(config, {name: values[0]})  # The error lists the existing fields.
    return [
        dict(zip(request.grid, point, strict=True))
        for point in itertools.product(*request.grid.values())
    ]


def folder_name(point: Mapping[str, Any]) -> str:
    """Returns the name of the folder of a point."""
    text = ",".join(f"{name}={value}" for name, value in point.items())
    return re.sub(r"[^\w=.,()+-]+", "_", text)


def outcome_of(run: Path) -> dict[str, Any] | None:
    """Returns the outcome of a run, or `None` if it is not complete."""
    path = run / run_folder.RECORD
    return json.loads(path.read_text()).get("outcome") if path.exists() else None


def row_of(run: Path, point: Mapping[str, Any]) -> Row:
    """Returns the table row of a point: values, figures and their intervals."""
    outcome = outcome_of(run)
    row = {**point, "status": "failed" if outcome is None else "complete"}
    if outcome is None:
        return row
    for name, figure in outcome["test"].items():
        row |= {name: figure["value"]}
        row |= {f"{name} {end}": figure[end] for end in ("low", "high")}
    return {**row, "seconds": round(outcome["seconds"], 1), "run": str(run)}


def _open_folder(request: AblationRequest) -> None:
    """Creates the folder, and records what all of its runs share.

    Raises:
        ValueError: If its runs have other shared settings.
    """
    arguments = request.arguments
    if arguments is None:
        arguments = tuple(format_flags(request.training)[1:])
    shared = {"method": request.training.method, "arguments": list(arguments)}
    path = request.folder / RECORD
    if path.exists() and json.loads(path.read_text()) != shared:
        raise ValueError(
            f"The runs in {request.folder} share {json.loads(path.read_text())}; name "
            f"another --output. Received: {shared}"
        )
    request.folder.mkdir(parents=True, exist_ok=True)
    atomic.write_json(path, shared)


def _training_of(
    point: Mapping[str, Any], training: TrainingRequest, run: Path
) -> TrainingRequest:
    fields = {**training.fields, **point}
    return dataclasses.replace(
        training, fields=fields, output=run, resume=True, overwrite=False
    )


def _attempt(
    train: Callable[[TrainingRequest], TrainedRun], training: TrainingRequest
) -> None:
    """Trains a point; reports an error without stopping the grid."""
    try:
        trained = train(training)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
    except Exception:  # One broken run must not stop the others.
        traceback.print_exc()
    else:
        if training.verbose:
            print("\n".join(["", *trained.lines()]), flush=True)


def _write_table(rows: Sequence[Row], path: Path) -> None:
    text = io.StringIO(newline="")
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    atomic.write_text(path, text.getvalue())
