"""One scorer on one part of one dataset: figures, predictions and a drawing."""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import keras

from tfiqa import run_folder
from tfiqa.data.load import Source
from tfiqa.data.load import Splits
from tfiqa.evaluation.databases import whole
from tfiqa.figures import scatter
from tfiqa.progress import Progress
from tfiqa.protocols.comparison import LEVEL
from tfiqa.protocols.comparison import Result
from tfiqa.protocols.heldout import heldout
from tfiqa.references import References
from tfiqa.scorer import metadata

RESAMPLES = 2000


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
    return whole(splits) if name == "all" else getattr(splits, name)


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
    run_folder.write_whole(folder / "predictions.csv", table(result).encode())
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


def table(result: Result) -> str:
    """Returns the predictions as CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["image_id", "mos", "prediction", "status"])
    rows = (result.image_ids, result.mos, result.predictions, result.statuses)
    for image_id, mos, prediction, status in zip(*rows, strict=True):
        shown = f"{prediction:.7g}" if status == "ok" else ""
        table.writerow([image_id, f"{mos:.7g}", shown, status])
    return text.getvalue()
