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

import numpy as np
from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.evaluation.cache import Outcomes
from tfiqa.evaluation.databases import PARTS
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.databases import open_database
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.tables import parts_of
from tfiqa.metrics.conformal import coverages
from tfiqa.scoring.calibration import LAYER
from tfiqa.scoring.calibration import calibrated
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.serialization import save_model


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string(
        "model", None, "The scorer, a `.keras` file or a preset.", required=True
    )
    flags.DEFINE_string("dataset", None, "A prepared dataset.", required=True)
    flags.DEFINE_string("data_dir", None, "Where it was prepared; TFDS's default.")
    flags.DEFINE_enum(
        "split", "test", [*PARTS, "all"], "Pictures it has not learned from."
    )
    flags.DEFINE_integer("split_seed", 0, "Draws the parts.", 0)
    flags.DEFINE_float("level", 0.9, "Share of the MOS that intervals cover.", 0, 1)
    flags.DEFINE_integer("seed", 0, "Of the halves.", 0)
    flags.DEFINE_integer("divisions", 500, "To measure coverage; 0 for none.", 0)
    flags.DEFINE_string("cache", None, "Folder of scores, as of `tfiqa.evaluate`.")
    flags.DEFINE_string("output", None, "The `.keras` file to write.", required=True)


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    output = Path(given.output)
    if len(argv) > 1:
        raise app.UsageError(f"Flags alone are expected. Received: {argv[1:]}", 2)
    if output.suffix != ".keras" or not output.parent.is_dir():
        raise app.UsageError(
            f"A .keras file in an existing folder is expected. Received: {output}", 2
        )
    try:
        database = open_database(
            given.dataset, data_dir=given.data_dir, split_seed=given.split_seed
        )
        cache = None if given.cache is None else Path(given.cache)
        subject = ScorerSubject("calibrated", given.model, cache, seed=given.split_seed)
        rows = database.parts[given.split]
        outcomes = subject.outcomes(
            database, rows, parts_of(database), seed=given.split_seed
        )
        mos_range = range_of(database)
        scorer = calibrated(
            subject.scorer(),
            outcomes.scores,
            database.mos[rows],
            mos_range=mos_range,
            dataset=database.name,
            level=given.level,
            seed=given.seed,
        )
        told = coverage_told(outcomes, database.mos[rows], mos_range, given)
    except (OSError, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    save_model(scorer, output)
    facts = metadata(scorer)["calibration"]
    widths = scorer.get_layer(LAYER).widths
    print(
        f"{facts['fitted']} pictures told the map, {facts['conformal']} the intervals; "
        f"{facts['missing']} had no score."
    )
    print(
        f"Intervals of {given.level:.0%}: half widths of {min(widths):.1f} to "
        f"{max(widths):.1f} of 100."
    )
    print("\n".join([*told, f"scorer: {output}"]))
    return 0


def range_of(database: Database) -> tuple[float, float]:
    """Returns the worst and best MOS of the scale, seen ones where it is not stated."""
    worst, best = database.source.description()["mos_range"]
    return float(worst), float(best)


def coverage_told(
    outcomes: Outcomes, mos: np.ndarray, mos_range: tuple[float, float], given
) -> list[str]:
    """Returns a line of how many MOS intervals cover, none if that is not asked for.

    Halves that are too small to calibrate on are told instead.
    """
    if not given.divisions:
        return []
    try:
        shares = coverages(
            outcomes.scores,
            mos,
            mos_range=mos_range,
            level=given.level,
            divisions=given.divisions,
            seed=given.seed,
        )
    except ValueError as error:
        return [f"Coverage is not measured: {error}"]
    low, high = np.quantile(shares, [0.05, 0.95])
    return [
        f"Coverage of other halves, {given.divisions} divisions: mean "
        f"{shares.mean():.1%}, deviation {shares.std():.1%}, 5 to 95 %: {low:.1%} to "
        f"{high:.1%}."
    ]


if __name__ == "__main__":
    command.run(define_flags, main)
