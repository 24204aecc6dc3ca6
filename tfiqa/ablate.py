"""Trains a method for every point of a grid over its fields, and compares the results.

python -m tfiqa.ablate --method reiqa --grid n_aug=3,5,11 --grid swap=clean,none \
    -- --expert quality
python -m tfiqa.ablate --method reiqa --grid "overlap=(0.1, 0.3),(0.3, 0.6)" \
    --output runs/overlaps -- --dataset koniq10k --images FOLDER --expert quality \
    --set batch_size=32 --set optimizer=sgd --set learning_rate=0.03

Arguments after -- are flags of `python -m tfiqa.train` for every run. With --dataset
the recipe is the paper's, whose batch of 630 images and rate rarely suit a grid.
Each point has its own run in the folder --output, and a row in its `ablation.csv`,
which is rewritten after each run. Repeating the command resumes where it was stopped,
and trains only what is missing; grids may grow.

Exit status: 0 if every run is complete, 1 if one failed, 2 for wrong usage.
"""

import dataclasses
import re
import sys
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.config import overrides
from tfiqa.methods import METHODS
from tfiqa.training import flags as training_flags

if TYPE_CHECKING:
    from tfiqa.training.ablation import AblationRequest

# These belong to single runs; this command sets them.
_OWN = ("method", "output", "resume", "overwrite")


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_enum(
        "method", None, sorted(METHODS), "Method to train.", required=True
    )
    flags.DEFINE_multi_string(
        "grid", None, "name=value,value,... of a field of `Config`.", required=True
    )
    flags.DEFINE_string(
        "output", None, "Folder of the runs; `runs/METHOD-ablation` by default."
    )


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    try:
        request = request_of(flags.FLAGS, argv[1:])
        from tfiqa.training.ablation import run_ablation

        results = run_ablation(request)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    print(f"\n{format_table(results.rows)}\n\ntable: {results.path}")
    return Status.OK if results.complete == len(results.rows) else Status.NONE


def request_of(values: flags.FlagValues, arguments: Sequence[str]) -> "AblationRequest":
    """Returns the request that the flags, and those after --, describe.

    Raises:
        ValueError: If a training flag or an axis of the grid is wrong.
    """
    names = [arg.lstrip("-").partition("=")[0] for arg in arguments if arg[:1] == "-"]
    for name in set(names) & set(_OWN):
        raise ValueError(
            f"Flags of single runs are set by this command: {', '.join(_OWN)}. "
            f"Received: --{name} after --"
        )
    training = training_flags.parse([f"--method={values.method}", *arguments])
    grid = parse_grid(values.grid)
    from tfiqa.training.ablation import AblationRequest

    return AblationRequest(
        dataclasses.replace(training, verbose=1 if sys.stdout.isatty() else 2),
        grid,
        values.output,
        tuple(arguments),
    )


def parse_grid(axes: Sequence[str]) -> dict[str, list[Any]]:
    """Returns the values of each field of a grid.

    Raises:
        ValueError: If a field is named twice or has no values.
    """
    grid: dict[str, list[Any]] = {}
    for axis in axes:
        name, _, text = axis.partition("=")
        values = parse_values(text)
        if name in grid or not values:
            raise ValueError(
                "Every field is expected once, as name=value,value,... "
                f"Received: --grid={axis}"
            )
        grid[name] = values
    return grid


def parse_values(text: str) -> list[Any]:
    """Returns the values separated by commas outside brackets.

    >>> parse_values("(0.1, 0.3),(0.3, 0.6)")
    [(0.1, 0.3), (0.3, 0.6)]
    """
    parts = re.split(r",(?![^(\[]*[)\]])", text) if text else []
    return [overrides.parse([f"value={part}"])["value"] for part in parts]


def format_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns the table for people, with each interval after its figure."""
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
