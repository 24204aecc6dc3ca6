"""Trains a method once for every point of a grid over its fields, and tells all apart.

python -m tfiqa.ablate --method reiqa --grid n_aug=3,5,11 --grid swap=clean,none \
    -- --expert quality
python -m tfiqa.ablate --method reiqa --grid "overlap=(0.1, 0.3),(0.3, 0.6)" \
    --output runs/overlaps -- --dataset koniq10k --images FOLDER --expert quality \
    --set batch_size=32 --set optimizer=sgd --set learning_rate=0.03

What comes after -- goes to every `python -m tfiqa.train`. With --dataset the recipe is
the paper's, whose batch of 630 pictures and rate a grid will hardly want. Each point
has a run of its own in the folder --output, and a row in its `ablation.csv`, which is
written anew after each. Given once more, the command goes on where it was stopped, and
only trains what is missing; grids may grow.

Exit status: 0 if every run is complete, 1 if one failed, 2 for wrong usage.
"""

import csv
import dataclasses
import io
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from absl import flags

from tfiqa.cli import command
from tfiqa.config import overrides as configs
from tfiqa.methods import METHODS
from tfiqa.training import run_folder

TABLE = "ablation.csv"
RECORD = "ablation.json"

# These belong to single runs, and are given by this command.
_OWN = ("method", "output", "resume", "overwrite")


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_enum("method", None, sorted(METHODS), "What to train.", required=True)
    flags.DEFINE_multi_string(
        "grid", None, "name=value,value,... of a field of `Config`.", required=True
    )
    flags.DEFINE_string(
        "output", None, "Folder of the runs; `runs/METHOD-ablation` by default."
    )


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    folder = Path(given.output or f"runs/{given.method}-ablation")
    try:
        points = grid_points(given.grid, given.method)
        open_ablation(folder, given.method, argv[1:])
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    rows = []
    for number, point in enumerate(points, 1):
        run = folder / folder_name(point)
        if outcome_of(run) is None:
            print(f"\nRun {number} of {len(points)}: {run}", flush=True)
            train(given.method, run, point, argv[1:])
        rows.append(row_of(run, point))
        write_table(rows, folder / TABLE)
    print(f"\n{told(rows)}\n\ntable: {folder / TABLE}")
    return 0 if all(row["status"] == "complete" for row in rows) else 1


def grid_points(grid: Sequence[str], method: str) -> list[dict[str, Any]]:
    """Returns the values of the fields at all points, the last field fastest.

    Raises:
        ValueError: Of a field that the method does not have or that is named twice, or
            of one without values.
    """
    config = METHODS[method].Config()
    known = {field.name for field in dataclasses.fields(config)}
    axes: dict[str, list[Any]] = {}
    for axis in grid:
        name, _, text = axis.partition("=")
        values = values_of(text)
        if name in axes or not values:
            raise ValueError(
                "Every field is expected once, as name=value,value,... "
                f"Received: --grid={axis}"
            )
        if name not in known:
            configs.override(config, {name: values[0]})  # Tells which there are.
        axes[name] = values
    return [
        dict(zip(axes, point, strict=True))
        for point in itertools.product(*axes.values())
    ]


def values_of(text: str) -> list[Any]:
    """Returns the values between the commas that are not in brackets.

    >>> values_of("(0.1, 0.3),(0.3, 0.6)")
    [(0.1, 0.3), (0.3, 0.6)]
    """
    parts = re.split(r",(?![^(\[]*[)\]])", text) if text else []
    return [configs.parse([f"value={part}"])["value"] for part in parts]


def open_ablation(folder: Path, method: str, arguments: Sequence[str]) -> None:
    """Makes the folder, and writes down what all of its runs share.

    Raises:
        ValueError: If the runs there share something else, or if `arguments` hold what
            belongs to single runs.
    """
    names = [arg.lstrip("-").partition("=")[0] for arg in arguments if arg[:1] == "-"]
    for name in set(names) & set(_OWN):
        raise ValueError(
            f"Flags of single runs are given by this command: {', '.join(_OWN)}. "
            f"Received: --{name} behind --"
        )
    shared = {"method": method, "arguments": list(arguments)}
    path = folder / RECORD
    if path.exists() and json.loads(path.read_text()) != shared:
        raise ValueError(
            f"The runs in {folder} share {json.loads(path.read_text())}; name another "
            f"--output. Received: {shared}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    run_folder.write_json(path, shared)


def folder_name(point: Mapping[str, Any]) -> str:
    """Returns the name of the folder of a point."""
    text = ",".join(f"{name}={value}" for name, value in point.items())
    return re.sub(r"[^\w=.,()+-]+", "_", text)


def train(
    method: str, run: Path, point: Mapping[str, Any], arguments: Sequence[str]
) -> int:
    """Trains in a process of its own, or goes on with it; returns its exit status."""
    chosen = [f"--set={name}={value}" for name, value in point.items()]
    line = [sys.executable, "-m", "tfiqa.train", f"--method={method}", "--resume"]
    return subprocess.run([*line, f"--output={run}", *arguments, *chosen]).returncode


def outcome_of(run: Path) -> dict[str, Any] | None:
    """Returns what came of a run, or `None` where it is not complete."""
    path = run / run_folder.RECORD
    return json.loads(path.read_text()).get("outcome") if path.exists() else None


def row_of(run: Path, point: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the row of a point in the table: values, figures and their intervals."""
    outcome = outcome_of(run)
    row = {**point, "status": "failed" if outcome is None else "complete"}
    if outcome is None:
        return row
    for name, figure in outcome["test"].items():
        row |= {name: figure["value"]}
        row |= {f"{name} {end}": figure[end] for end in ("low", "high")}
    return {**row, "seconds": round(outcome["seconds"], 1), "run": str(run)}


def write_table(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Writes the rows as CSV."""
    text = io.StringIO(newline="")
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    run_folder.write_whole(path, text.getvalue().encode())


def told(rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns the table for people: an interval stands behind its figure."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    shown = [n for n in names if n != "run" and not n.endswith((" low", " high"))]
    table = [shown]
    for row in rows:
        table.append([_cell(row, name) for name in shown])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in table
    )


def _cell(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name, "")
    if f"{name} low" not in row:
        return str(value)
    return f"{value:.3f} [{row[f'{name} low']:.3f}, {row[f'{name} high']:.3f}]"


if __name__ == "__main__":
    command.run(define_flags, main)
