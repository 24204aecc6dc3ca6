"""Evaluates a scorer on a prepared dataset.

python -m tfiqa.evaluate --model SCORER --dataset NAME [--output FOLDER]

Prints SROCC, PLCC, KROCC and RMSE with their 95 percent bootstrap intervals, PLCC and
RMSE once more after the logistic fit with 4 parameters, and how many pictures were
scored. FOLDER receives metrics.json, predictions.csv and scatter.png. The scorer must
not have seen the pictures: give the split, and the seed of the split, that it was not
trained on.
"""

import csv
import dataclasses
import io
import json
import math
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app
from absl import flags

from tfiqa import command
from tfiqa import run_folder
from tfiqa.data.load import Source
from tfiqa.data.load import Splits
from tfiqa.data.load import load
from tfiqa.figures import scatter
from tfiqa.progress import Progress
from tfiqa.protocols.comparison import LEVEL
from tfiqa.protocols.comparison import Result
from tfiqa.protocols.heldout import heldout
from tfiqa.references import References
from tfiqa.scorer import load_scorer
from tfiqa.scorer import metadata

RESAMPLES = 2000


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string("model", None, "The scorer, a `.keras` file.", required=True)
    flags.DEFINE_string("dataset", None, "A prepared dataset.", required=True)
    flags.DEFINE_string("data_dir", None, "Where it was prepared; TFDS's default.")
    flags.DEFINE_enum(
        "split", "test", ["test", "validation", "train", "all"], "Which part of it."
    )
    flags.DEFINE_integer("split_seed", 0, "Draws the parts; 0 to 9 are reported.")
    flags.DEFINE_integer("seed", 0, "Of the bootstrap.")
    flags.DEFINE_string(
        "reference", None, "Folder of reference pictures, named by `reference_id`."
    )
    flags.DEFINE_string("output", None, "Folder of the results; made if missing.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    if len(argv) > 1:
        raise app.UsageError(f"Flags alone are expected. Received: {argv[1:]}")
    given = flags.FLAGS
    try:
        scorer = load_scorer(given.model)
        splits = load(
            given.dataset, data_dir=given.data_dir, split_seed=given.split_seed
        )
        source = part(splits, given.split)
        references = None if given.reference is None else References(given.reference)
        result = evaluated(scorer, source, seed=given.seed, references=references)
    except (OSError, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(result.lines()))
    predicted = predicted_unit(scorer, source)
    if predicted is not None:
        print(
            f"The scorer predicts {predicted}, not {source.unit}: of the RMSE, only "
            "that after the logistic fit says something."
        )
    if given.output is not None:
        names = ("model", "split", "split_seed", "seed")
        record = {name: getattr(given, name) for name in names}
        record |= {"scorer": metadata(scorer), "fingerprint": splits.fingerprint}
        units = {"unit": source.unit, "predicted_unit": predicted}
        write(result, Path(given.output), record=record, **units)
        print(f"Written to {given.output}")
    return 0


def predicted_unit(scorer: keras.Model, source: Source) -> str | None:
    """Returns what the scorer predicts, None if that is what the source has."""
    known = metadata(scorer)
    scale = known.get("unit", "MOS"), tuple(known["mos_range"])
    if source.mos_range is None or scale == (source.unit, source.mos_range):
        return None
    worst, best = scale[1]
    return f"{scale[0]} of {known.get('dataset')} ({worst:g} to {best:g})"


def part(splits: Splits, name: str) -> Source:
    """Returns one part of a dataset, or the whole of it for `"all"`."""
    if name != "all":
        return getattr(splits, name)
    parts = (splits.train, splits.validation, splits.test)
    first, second, third = (source.examples for source in parts)
    return dataclasses.replace(
        splits.train,
        examples=first.concatenate(second).concatenate(third),
        count=sum(source.count for source in parts),
        mos=np.concatenate([np.asarray(source.mos) for source in parts]),
        image_ids=tuple(one for source in parts for one in source.image_ids),
    )


def evaluated(
    scorer: keras.Model,
    source: Source,
    *,
    seed: int,
    references: References | None = None,
) -> Result:
    """Returns the result on a source, with progress on standard error."""
    return heldout(
        scorer,
        source,
        seed=seed,
        resamples=RESAMPLES,
        progress=Progress(source.count).show,
        references=references,
    )


def write(
    result: Result,
    folder: Path,
    *,
    record: dict[str, Any],
    unit: str = "MOS",
    predicted_unit: str | None = None,
) -> None:
    """Writes the figures, the predictions and a drawing.

    Args:
        result: What was found.
        folder: Where to write; made if missing.
        record: What was evaluated, for `metrics.json`.
        unit: Name of the scale of the MOS.
        predicted_unit: Name of the scale of the predictions where it is another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    correlations = ", ".join(
        f"{name} {result.figures[name].value:.3f}" for name in ("SROCC", "PLCC")
    )
    title = f"{result.dataset}: {correlations} (n = {result.scored})"
    drawing = scatter(
        result.predictions,
        result.mos,
        title=title,
        unit=unit,
        predicted_unit=predicted_unit,
    )
    summary = json.dumps({**record, **summarized(result)}, indent=2, allow_nan=False)
    run_folder.write_whole(folder / "predictions.csv", _table(result).encode())
    run_folder.write_whole(folder / "scatter.png", drawing)
    run_folder.write_whole(folder / "metrics.json", summary.encode())


def summarized(result: Result) -> dict[str, Any]:
    """Returns the figures and their circumstances, ready for JSON; NaN is None."""
    return {
        "dataset": result.dataset,
        "n_scored": result.scored,
        "n_not_scored": len(result.statuses) - result.scored,
        "failures": result.failures,
        "figures": {
            name: {key: _finite(value) for key, value in vars(figure).items()}
            for name, figure in result.figures.items()
        },
        "logistic": vars(result.fit),
        "hints": result.hints(),
        "interval": {"kind": "bootstrap", "level": LEVEL, "resamples": RESAMPLES},
        "versions": run_folder.versions(),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _table(result: Result) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["image_id", "mos", "prediction", "status"])
    rows = (result.image_ids, result.mos, result.predictions, result.statuses)
    for image_id, mos, prediction, status in zip(*rows, strict=True):
        shown = f"{prediction:.7g}" if status == "ok" else ""
        table.writerow([image_id, f"{mos:.7g}", shown, status])
    return text.getvalue()


if __name__ == "__main__":
    command.run(define_flags, main)
