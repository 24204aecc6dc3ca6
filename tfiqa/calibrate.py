"""Brings a scorer to the scale from 0 to 100, each score with an interval.

python -m tfiqa.calibrate --model SCORER --dataset NAME --output C.keras

C.keras scores as SCORER does, on the scale of the dataset's MOS brought to 0 to 100,
and `python -m tfiqa.score --model C.keras --interval` tells where the MOS of a picture
lies with the probability --level. Half of the pictures tell the map, the others how
wide intervals are (split conformal), so they must be pictures that the scorer has not
learned from: the test part, unless --split says otherwise. The promise is about
pictures like these. They are spent then: judge the calibrated scorer on others.

Also told is how many of the MOS intervals cover when random halves of these pictures
are calibrated on and the others looked at, --divisions times.
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
    flags.DEFINE_string("data_dir", None, "Where it was prepared; TFDS's default.")
    flags.DEFINE_enum("split", "test", SPLITS, "Pictures it has not learned from.")
    flags.DEFINE_integer("split_seed", 0, "Draws the parts.", 0)
    flags.DEFINE_float("level", 0.9, "Share of the MOS that intervals cover.", 0, 1)
    flags.DEFINE_integer("seed", 0, "Of the halves.", 0)
    flags.DEFINE_integer("divisions", 500, "To measure coverage; 0 for none.", 0)
    flags.DEFINE_string("cache", None, "Folder of scores, as of `tfiqa.evaluate`.")
    flags.DEFINE_string("output", None, "The `.keras` file to write.", required=True)


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    output = Path(values.output)
    if len(argv) > 1:
        raise app.UsageError(
            f"Flags alone are expected. Received: {argv[1:]}", Status.USAGE
        )
    if output.suffix != ".keras" or not output.parent.is_dir():
        raise app.UsageError(
            f"A .keras file in an existing folder is expected. Received: {output}",
            Status.USAGE,
        )
    from tfiqa import evaluation  # Not at the top: `--help` costs no Keras.

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
