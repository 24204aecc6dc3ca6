"""Fits your own metric in minutes: to a few ratings, to pairs, or to good images alone.

python -m tfiqa.fit FOLDER [TABLE.csv] [--output runs/own] [--export tflite]

TABLE.csv has the columns `image` and `mos` (higher is better) and perhaps `content`,
for images of the same scene; or the columns `better` and `worse`, for pairs. Without a
table, all images of FOLDER count as good, and scores are distances from them.

From ratings, the command tries regressions on the trunk of the preset `photo` (ridge,
svr, mlp), BRISQUE (brisque) and the distance from the best images (distance). Nested
cross-validation by content says how well the choice among them agrees with ratings of
contents that it has not learned. A learning curve estimates what more labels would
bring, and next.csv lists images to label next. From pairs, a linear head on the trunk
or on BRISQUE is fitted by the Bradley-Terry likelihood.

--output receives scorer.keras, its card scorer.md, fit.json with everything that was
measured, and the exports. Features are kept in features/ there, so that a second run
is fast. Lines of the table that cannot be used are reported by their numbers.

Exit status: 0 fitted, 3 fitted but some lines or exports failed, 1 not fitted, 2 wrong
usage.
"""

import os
import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.cli.text import printable
from tfiqa.evaluation.own_metric.request import FAMILIES
from tfiqa.evaluation.own_metric.request import FitRequest

EXPORTS = ("tflite", "onnx", "saved_model")


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string("output", "runs/own", "Folder of the results.")
    flags.DEFINE_list("families", list(FAMILIES), "Regressions to try; see above.")
    flags.DEFINE_integer("folds", 5, "Parts of the cross-validation.", 2)
    flags.DEFINE_integer("next", 20, "Number of images to propose for labeling.", 0)
    flags.DEFINE_integer("pool", 300, "Number of unlabeled images to choose from.", 0)
    flags.DEFINE_float("level", 0.9, "Share of the MOS that intervals cover.", 0, 1)
    flags.DEFINE_list(
        "range", [], "Worst and best MOS of the scale, such as 1,5; else as observed."
    )
    flags.DEFINE_list("export", ["tflite"], f"Exports to write: {', '.join(EXPORTS)}.")
    flags.DEFINE_integer("seed", 0, "Seed of every random choice.", 0)
    flags.DEFINE_bool("overwrite", False, "Replace a scorer in --output.")


def request_of(argv: list[str], values: flags.FlagValues) -> FitRequest:
    """Returns the request that arguments and flags describe.

    Raises:
        ValueError: If one of them is not allowed.
    """
    if not 2 <= len(argv) <= 3:
        raise ValueError(
            f"FOLDER and perhaps TABLE.csv are expected. Received: {argv[1:]}"
        )
    unknown = set(values.export) - set(EXPORTS)
    if unknown:
        raise ValueError(
            f"--export must be some of {', '.join(EXPORTS)}. Received: {values.export}"
        )
    return FitRequest(
        folder=argv[1],
        table=argv[2] if len(argv) == 3 else None,
        output=values.output,
        families=values.families,
        folds=values.folds,
        next=values.next,
        pool=values.pool,
        level=values.level,
        mos_range=_range(values.range),
        seed=values.seed,
        overwrite=values.overwrite,
    )


def _range(texts: list[str]) -> tuple[float, float] | None:
    if not texts:
        return None
    try:
        worst, best = map(float, texts)
    except ValueError as error:
        raise ValueError(
            f"--range must be two numbers, such as 1,5. Received: {','.join(texts)!r}"
        ) from error
    return worst, best


def main(argv: list[str]) -> Status:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    try:
        request = request_of(argv, values)
    except ValueError as error:
        raise app.UsageError(str(error), Status.USAGE) from error
    if request.table is not None and not os.path.exists(request.table):
        table = printable(str(request.table))
        print(f"TABLE.csv must be a file. Received: {table}", file=sys.stderr)
        return Status.NONE
    from tfiqa import evaluation  # Not at the top: `--help` must not load Keras.

    try:
        result = evaluation.fit_request(request)
    except (OSError, ValueError) as error:
        print(printable(str(error)), file=sys.stderr)
        return Status.NONE
    print("\n".join(map(printable, result.lines())), flush=True)
    failed = [kind for kind in values.export if not _exported(kind, result.path)]
    faults = result.report.get("table", {}).get("faults") or result.report.get(
        "dropped"
    )
    return Status.SOME if failed or faults else Status.OK


def _exported(kind: str, scorer: Path) -> bool:
    """Exports the scorer beside its file; returns whether that worked."""
    from tfiqa.export import onnx_file
    from tfiqa.export import saved_model_file
    from tfiqa.export import tflite_file
    from tfiqa.export.request import ExportRequest
    from tfiqa.export.request import LiteRTRequest

    kinds = {
        "tflite": (tflite_file.write_checked, LiteRTRequest, ".tflite"),
        "onnx": (onnx_file.write_checked, ExportRequest, ".onnx"),
        "saved_model": (saved_model_file.write_checked, ExportRequest, ""),
    }
    write, request, suffix = kinds[kind]
    path = scorer.with_suffix(suffix) if suffix else scorer.with_name("saved_model")
    try:
        write(request(scorer, path, overwrite=True), source=None)
    except (ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
        print(f"not exported: {printable(str(error))}", file=sys.stderr)
        return False
    print(f"{kind}: {path}")
    return True


if __name__ == "__main__":
    command.run(define_flags, main)
