"""Maps a scorer to the scale from 0 to 100, each score with an interval.

python -m tfiqa.calibrate --model SCORER --dataset NAME --output C.keras

C.keras scores like SCORER, on the scale of the dataset's MOS mapped to 0 to 100. With
it, `python -m tfiqa.score --model C.keras --interval` says where the MOS of an image
lies with the probability --level. Half of the images fit the map, the others fit the
widths of the intervals (split conformal), so they must be images that the scorer has
not learned from: by default those of the test part (--split). The probability holds for
images like these. Judge the calibrated scorer on others.

The command also prints the share of the MOS that intervals cover when random halves of
these images calibrate and the other halves are measured, --divisions times.
"""

import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status
from tfiqa.evaluation.request import SPLITS
from tfiqa.files import atomic


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string(
        "model", None, "The scorer, a `.keras` file or a preset.", required=True
    )
    flags.DEFINE_string("dataset", None, "A prepared dataset.", required=True)
    flags.DEFINE_string(
        "data_dir", None, "Folder of prepared datasets; TFDS's default."
    )
    flags.DEFINE_enum("split", "test", SPLITS, "Images that it has not learned from.")
    flags.DEFINE_integer("split_seed", 0, "Seed of the division into parts.", 0)
    flags.DEFINE_float("level", 0.9, "Share of the MOS that intervals cover.", 0, 1)
    flags.DEFINE_integer("seed", 0, "Seed of the division into halves.", 0)
    flags.DEFINE_integer(
        "divisions", 500, "Divisions that measure coverage; 0 for none.", 0
    )
    flags.DEFINE_string("cache", None, "Folder of scores, as in `tfiqa.evaluate`.")
    flags.DEFINE_string("output", None, "The `.keras` file to write.", required=True)


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    output = Path(values.output)
    if len(argv) > 1:
        raise app.UsageError(
            f"Only flags are expected. Received: {argv[1:]}", Status.USAGE
        )
    if output.suffix != ".keras" or not output.parent.is_dir():
        raise app.UsageError(
            f"A .keras file in an existing folder is expected. Received: {output}",
            Status.USAGE,
        )
    from tfiqa import evaluation  # Not at the top: `--help` must not load Keras.

    request = evaluation.CalibrationRequest(
        model=values.model,
        dataset=values.dataset,
        data_dir=values.data_dir,
        split=values.split,
        split_seed=values.split_seed,
        level=values.level,
        seed=values.seed,
        divisions=values.divisions,
        cache=values.cache,
    )
    try:
        result = evaluation.calibrate_request(request)
        with atomic.replacing(output) as written:
            result.scorer.save(written)
    except (OSError, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return Status.NONE
    print("\n".join([*result.lines(), f"scorer: {output}"]))
    return Status.OK


if __name__ == "__main__":
    command.run(define_flags, main)
