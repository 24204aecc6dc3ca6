r"""Evaluates methods on databases by the protocols of the field.

python -m tfiqa.evaluate --model SCORER --dataset NAME [--output FOLDER]

Prints SROCC, PLCC, KROCC and RMSE with their 95 percent bootstrap intervals, PLCC and
RMSE once more after the logistic fit (--logistic), and how many pictures were scored.
The scorer must not have seen the pictures: give the split, and the seed of the split,
that it was not trained on.

python -m tfiqa.evaluate --model niqe --model mine=runs/x/scorer.keras \\
    --dataset biq2021 --dataset koniq10k --protocol split --protocol gmad \\
    --output FOLDER --report FOLDER

--model, --encoder, --method, --scores, --dataset and --protocol may be given several
times; everything is measured on everything. What is measured: a scorer (--model; a
`{seed}` in its name stands for that of a division), ridge regression on the features
of an encoder (--encoder), a method trained by `tfiqa.train` (--method, --train_flags),
scores of another tool in a CSV file (--scores). Each may be named, `NAME=FILE`.

  split             one part of each database (--split): the official one, where there
                    is one; with tests of significance between each two methods
  unsupervised      all pictures, for what learns from no score
  repeats           ten divisions by content (--repeats), medians and ranges
  per_distortion    within each type of distortion of --split
  cross_database    trained on all of one database, tested on all of another; a scorer
                    on all databases but its own
  label_efficiency  SROCC against the number of labels (--labels), of --encoder
  waterloo          D-, L- and P-test on versions of the pictures below --pristine
  gmad              pairs of pictures that two scorers find against each other, among
                    versions of --pristine, or without it in --split
  ablation          HyperIQA without its parts, trained by `tfiqa.train`

Scores and features are kept in --cache (OUTPUT/cache by default), where a run that was
killed finds them again. OUTPUT receives results.json, results.csv, and predictions of
`split` as tables and drawings; the report is one page, index.html, with its drawings
beside it. What cannot be measured is told, and makes the exit status 1; the rest stays.
"""

import sys

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.evaluation import run
from tfiqa.evaluation.databases import PARTS
from tfiqa.metrics.bootstrap import RESAMPLES


def define_flags() -> None:
    """Defines the flags of this command."""
    several_of = flags.DEFINE_multi_string
    several_of("model", [], "A scorer: a `.keras` file or a preset, `[NAME=]FILE`.")
    several_of("encoder", [], "An encoder or a scorer whose features are regressed.")
    several_of("method", [], "A method of `tfiqa.train`, trained on each division.")
    flags.DEFINE_string("train_flags", "", "More flags of `tfiqa.train`, as one text.")
    several_of("scores", [], "A CSV file of scores, `[NAME=]FILE`.")
    flags.DEFINE_string("scores_column", "score", "Its column of scores.")
    flags.DEFINE_string(
        "scores_id", None, "Its column of pictures; `image_id` or `path` if not given."
    )
    several_of("dataset", [], "A prepared dataset.")
    flags.DEFINE_string("data_dir", None, "Where it was prepared; TFDS's default.")
    flags.DEFINE_multi_enum(
        "protocol", [], run.PROTOCOLS, "What to measure; `split` if not given."
    )
    flags.DEFINE_enum("split", "test", [*PARTS, "all"], "Which part of it.")
    flags.DEFINE_integer("split_seed", 0, "Draws the parts; 0 to 9 are reported.", 0)
    flags.DEFINE_integer("repeats", 10, "Divisions, of the seeds from 0.", 1)
    flags.DEFINE_list("labels", [], "Numbers of labels; doubled from 25 if not given.")
    flags.DEFINE_string("pristine", None, "Folder of pristine pictures.")
    flags.DEFINE_integer("pictures", None, "So many of them; all if not given.", 1)
    flags.DEFINE_integer("levels", 6, "Of the defender, in gMAD.", 1)
    flags.DEFINE_integer("seed", 0, "Of the bootstrap and of noise.", 0)
    flags.DEFINE_integer("resamples", RESAMPLES, "Of the bootstrap.", 1)
    flags.DEFINE_list("logistic", ["4"], "Parameters of the logistic fits: 4, 5, 4,5.")
    flags.DEFINE_string(
        "reference", None, "Folder of reference pictures, named by `reference_id`."
    )
    flags.DEFINE_string("cache", None, "Folder of scores and features.")
    flags.DEFINE_string("output", None, "Folder of the results; made if missing.")
    flags.DEFINE_string("report", None, "Folder of the report; made if missing.")
    flags.DEFINE_integer(
        "looks", 120, "Pictures whose features and weights the report shows.", 0
    )
    flags.DEFINE_integer(
        "scenes", 0, "Generated scenes whose distortions the report tells apart.", 0
    )


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    if len(argv) > 1:
        raise app.UsageError(f"Flags alone are expected. Received: {argv[1:]}")
    given = flags.FLAGS
    if not (given.model or given.encoder or given.method or given.scores) and (
        "ablation" not in given.protocol
    ):
        raise app.UsageError(
            "One or more of --model, --encoder, --method and --scores are expected. "
            "Received: none",
            2,
        )
    if not given.dataset and not given.pristine:
        raise app.UsageError("A --dataset or --pristine is expected. Received: none", 2)
    try:
        return run.main(given)
    except (OSError, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    command.run(define_flags, main)
