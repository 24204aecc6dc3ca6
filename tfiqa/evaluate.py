r"""Evaluates methods on databases by the protocols of the field.

python -m tfiqa.evaluate --model SCORER --dataset NAME [--output FOLDER]

Prints SROCC, PLCC, KROCC and RMSE with their 95 percent bootstrap intervals, PLCC and
RMSE again after the logistic fit (--logistic), and the number of scored images. The
scorer must not have been trained on the images: choose a split, and the seed of the
split, that it was not trained on.

python -m tfiqa.evaluate --model niqe --model mine=runs/x/scorer.keras \\
    --dataset biq2021 --dataset koniq10k --protocol split --protocol gmad \\
    --output FOLDER --report FOLDER

--model, --encoder, --method, --scores, --dataset and --protocol can be repeated; every
predictor is measured on every dataset by every protocol. Predictors are scorers
(--model; a `{seed}` in its name stands for the seed of a division), regressions on the
features of an encoder (--encoder; --regressor, --standardize, --alphas), methods
trained by `tfiqa.train` (--method, --train_flags), and scores of another tool in a CSV
file (--scores). Each can be named, `NAME=FILE`.

  split             one part of each database (--split), the official one if it exists;
                    with tests of significance between every two methods
  unsupervised      all images, for predictors that learn from no score
  repeats           ten divisions by content (--repeats), medians and ranges; the
                    official division once, unless --divisions random
  per_distortion    within each type of distortion of --split
  repeats_per_distortion
                    the same over the divisions of `repeats`, medians and ranges
  cross_database    trained on all of one database, tested on all of another; a scorer
                    on all databases but its own
  label_efficiency  SROCC against the number of labels (--labels), of --encoder
  waterloo          D-, L- and P-tests on versions of the images below --pristine
  gmad              pairs of images that two scorers choose against each other, among
                    versions of --pristine, or without it in --split
                    (--scores for versions: --material writes them as files)
  ablation          HyperIQA without its components, trained by `tfiqa.train`
  behaviour         order of levels, and harmless changes, on scenes below --pristine

Scores and features are kept in --cache (OUTPUT/cache by default), where a run that was
killed resumes from them. OUTPUT receives results.json, results.csv, and predictions of
`split` as tables and plots; the report is one page, index.html, with its plots beside
it. Errors are listed beside the results.

Exit status: 0 if all was measured, 1 if nothing was, 2 for wrong flags or files, 3 if
some was not measured.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.progress import Progress
from tfiqa.cli.status import Status
from tfiqa.evaluation.protocols import PROTOCOLS
from tfiqa.evaluation.request import DIVISIONS
from tfiqa.evaluation.request import REGRESSORS
from tfiqa.evaluation.request import RESAMPLES
from tfiqa.evaluation.request import SPLITS
from tfiqa.evaluation.request import EvaluationRequest
from tfiqa.evaluation.request import PredictorsRequest
from tfiqa.evaluation.request import PristineRequest
from tfiqa.evaluation.request import ProtocolOptions


def define_flags() -> None:
    """Defines the flags of this command."""
    texts = flags.DEFINE_multi_string
    flags.DEFINE_multi_string(
        "model", [], "A scorer: a `.keras` file or a preset, `[NAME=]FILE`."
    )
    flags.DEFINE_multi_string(
        "encoder",
        [],
        "An encoder or a scorer, or a preset, for a regression on its features.",
    )
    flags.DEFINE_enum(
        "regressor", "ridge", REGRESSORS, "Regression on features of --encoder."
    )
    flags.DEFINE_bool("standardize", False, "Whether it standardizes features first.")
    flags.DEFINE_list(
        "alphas", [], "Strengths of its penalty; by default the authors' 100."
    )
    flags.DEFINE_float(
        "l1_ratio", 0.5, "Share of absolute values in the penalty of an elastic net."
    )
    flags.DEFINE_multi_string(
        "method", [], "A method of `tfiqa.train`, trained on each division."
    )
    flags.DEFINE_string(
        "train_flags", "", "Further flags of `tfiqa.train`, as one text."
    )
    texts("scores", [], "A CSV file with scores, `[NAME=]FILE`.")
    flags.DEFINE_string("scores_column", "score", "Its score column.")
    flags.DEFINE_string(
        "scores_id", None, "Its image column; `image_id` or `path` by default."
    )
    texts("dataset", [], "A prepared dataset.")
    flags.DEFINE_string("data_dir", None, "Folder of prepared datasets.")
    flags.DEFINE_multi_enum(
        "protocol", [], list(PROTOCOLS), "Protocol to measure by; `split` by default."
    )
    flags.DEFINE_enum("split", "test", SPLITS, "Part of the dataset.")
    flags.DEFINE_integer("split_seed", 0, "Seed of the parts; reports use 0 to 9.", 0)
    flags.DEFINE_enum(
        "divisions",
        "official",
        DIVISIONS,
        "The official parts of databases that have any, or `random` ones by content.",
    )
    flags.DEFINE_integer("repeats", 10, "Number of divisions, with seeds from 0.", 1)
    flags.DEFINE_integer(
        "official_seeds",
        1,
        "Number of trainings on official parts, with --seed from 0, in `repeats`.",
        1,
    )
    texts(
        "image_size",
        [],
        "Size to which images are resized, `[DATASET=]SIZE`: `512` (shorter side), "
        "`512x384` (height x width) or `x0.75`.",
    )
    flags.DEFINE_list("labels", [], "Numbers of labels; 25, 50, ... by default.")
    flags.DEFINE_string("pristine", None, "Folder of pristine images.")
    flags.DEFINE_integer(
        "pictures", None, "How many of them to use; all by default.", 1
    )
    flags.DEFINE_string(
        "material",
        None,
        "Folder to write the versions of --pristine into as PNGs, for other tools; "
        "nothing is evaluated.",
    )
    flags.DEFINE_integer("levels", 6, "Levels of the defender, in gMAD.", 1)
    flags.DEFINE_integer("seed", 0, "Seed of the bootstrap and of noise.", 0)
    flags.DEFINE_integer("resamples", RESAMPLES, "Number of bootstrap resamples.", 1)
    flags.DEFINE_list(
        "logistic", ["4"], "Parameters of the logistic fits: 4, 5 or 4,5."
    )
    flags.DEFINE_string(
        "reference", None, "Folder of reference images, named by `reference_id`."
    )
    flags.DEFINE_string("cache", None, "Folder of scores and features.")
    flags.DEFINE_string("output", None, "Folder of the results, created if missing.")
    flags.DEFINE_string("report", None, "Folder of the report, created if missing.")
    flags.DEFINE_integer(
        "looks", 120, "Number of images whose features and weights the report shows.", 0
    )
    flags.DEFINE_integer(
        "scenes", 0, "Number of generated scenes whose distortions the report shows.", 0
    )


def request_of(values: flags.FlagValues) -> EvaluationRequest:
    """Returns the request that the flags describe.

    Raises:
        ValueError: If a flag has a value that is not allowed.
    """
    cache = values.cache or (values.output and Path(values.output) / "cache")
    return EvaluationRequest(
        predictors=PredictorsRequest(
            models=values.model,
            encoders=values.encoder,
            methods=values.method,
            train_flags=values.train_flags,
            scores=values.scores,
            scores_column=values.scores_column,
            scores_id=values.scores_id,
            reference=values.reference,
            regressor=values.regressor,
            l1_ratio=values.l1_ratio,
            standardize=values.standardize,
            alphas=_numbers("alphas", values.alphas),
        ),
        datasets=values.dataset,
        protocols=values.protocol,
        data_dir=values.data_dir,
        image_sizes=values.image_size,
        options=ProtocolOptions(
            split=values.split,
            split_seed=values.split_seed,
            divisions=values.divisions,
            repeats=values.repeats,
            official_seeds=values.official_seeds,
            labels=_integers("labels", values.labels),
            levels=values.levels,
            seed=values.seed,
            resamples=values.resamples,
            logistic=_integers("logistic", values.logistic),
        ),
        pristine=values.pristine and PristineRequest(values.pristine, values.pictures),
        cache=cache or None,
    )


def _numbers(flag: str, texts: Sequence[str]) -> list[float]:
    try:
        return [float(text) for text in texts]
    except ValueError as error:
        raise ValueError(
            f"--{flag} must be numbers separated by commas. "
            f"Received: {','.join(texts)!r}"
        ) from error


def _integers(flag: str, texts: Sequence[str]) -> list[int]:
    if not all(text.strip().isdecimal() for text in texts):
        raise ValueError(
            f"--{flag} must be integers separated by commas. "
            f"Received: {','.join(texts)!r}"
        )
    return list(map(int, texts))


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    try:
        if len(argv) > 1:
            raise ValueError(f"Only flags are expected. Received: {argv[1:]}")
        if values.material is not None:
            return _write_material(values)
        request = request_of(values)
    except ValueError as error:
        raise app.UsageError(str(error), Status.USAGE) from error
    from tfiqa import evaluation  # Not at the top: `--help` must not load Keras.
    from tfiqa.evaluation import writing
    from tfiqa.report import page

    try:
        results = evaluation.evaluate_request(request)
    except (OSError, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    print("\n".join(results.lines()))
    if values.output is not None:
        writing.write_results(results, Path(values.output))
        print(f"Written to {values.output}")
    if values.report is not None:
        folder = Path(values.report)
        path = page.write_page(
            results, folder, images=values.looks, scenes=values.scenes
        )
        print(f"Written to {path}")
    measured, failed = len(results.rows), len(results.errors)
    return status.of_counts(measured, measured + failed)


def _write_material(values: flags.FlagValues) -> int:
    """Writes the versions of pristine images; returns the exit status.

    Raises:
        ValueError: If there is no folder of pristine images.
    """
    if values.pristine is None:
        raise ValueError("--pristine is expected with --material. Received: none")
    pristine = PristineRequest(values.pristine, values.pictures)
    from tfiqa.evaluation import distorted_pool

    folder = Path(values.material)
    try:
        pool = distorted_pool.open_pool(
            Path(pristine.folder), cache=None, limit=pristine.limit, seed=values.seed
        )
        progress = Progress(len(pool.paths))
        count, faults = distorted_pool.write_material(
            pool, folder, progress=progress.show
        )
    except OSError as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{count:,} files in {folder}")
    return status.of_counts(len(pool.paths) - len(faults), len(pool.paths))


if __name__ == "__main__":
    command.run(define_flags, main)
