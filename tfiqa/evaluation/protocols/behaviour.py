"""Whether scorers behave on scenes without distortions; see `evaluation.behaviour`.

Scores of a scene are kept as soon as it is done.
"""

import sys
from typing import Any

from tfiqa.cli.progress import Progress
from tfiqa.evaluation import behaviour_material as material
from tfiqa.evaluation.behaviour import Behaviour
from tfiqa.evaluation.behaviour import behaviour
from tfiqa.evaluation.distorted_pool import DistortedPool
from tfiqa.evaluation.distorted_pool import append_line
from tfiqa.evaluation.distorted_pool import image_name
from tfiqa.evaluation.distorted_pool import predict_of
from tfiqa.evaluation.distorted_pool import read_lines
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.pristine_versions import pristine_image
from tfiqa.evaluation.protocols.base import PRISTINE
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.base import scorers_only
from tfiqa.evaluation.results import Row
from tfiqa.metrics.comparison import Figure
from tfiqa.scoring.scorer import metadata

NAME = "behaviour"
NAN = float("nan")


def _measure(context: Context) -> None:
    results, pool = context.results, context.pool
    scorers = scorers_only(context.predictors, NAME, results)
    if pool is None:
        return
    for predictor in scorers:
        with results.attempt(NAME, pool.name, predictor.name):
            rows, lost = _scene_rows(predictor, pool)
            mos_range = metadata(predictor.scorer())["mos_range"]
            found = behaviour(material.stacked(rows), mos_range=tuple(mos_range))
            results.rows += _result_rows(found, (pool.name, predictor.name), lost)


def _scene_rows(
    predictor: ScorerPredictor, pool: DistortedPool
) -> tuple[list[dict[str, Any]], int]:
    """Returns the scores of each scene, and how many scenes could not be measured.

    Raises:
        ValueError: If not one scene can be measured.
    """
    folder = predictor.folder()
    file = folder and folder / f"behaviour-{pool.seed}.jsonl"
    known = read_lines(file)
    predict = predict_of(predictor)
    progress = Progress(len(pool.paths), on=len(known) < len(pool.paths))
    rows, lost = [], 0
    for done, path in enumerate(pool.paths, 1):
        name = image_name(path)
        if name not in known:
            try:
                scene = pristine_image(path)
            except ValueError as error:
                print(f"{path}: {error}", file=sys.stderr)
                lost += 1
                continue
            # A number that is the picture's own, whatever else is measured.
            seed = pool.seed, int(name[-7:], 16)
            known[name] = material.scene_row(predict, scene, seed)
            append_line(file, {"picture": name, **known[name]})
        rows.append(known[name])
        progress.show(done)
    if not rows:
        raise ValueError(
            "Pictures without distortions, large enough, are expected. "
            f"Received: {pool.name}, {len(pool.paths)} pictures, none usable"
        )
    return rows, lost


def _result_rows(found: Behaviour, where: tuple[str, str], lost: int) -> list[Row]:
    def row(part: str, of: str, figures: dict[str, float], note: str) -> Row:
        protocol = ", ".join(filter(None, (NAME, part)))
        values = {name: Figure(value, NAN, NAN) for name, value in figures.items()}
        lacking = {"pictures": lost + found.missing}
        failures = {kind: count for kind, count in lacking.items() if count}
        return Row(protocol, *where, of, values, found.scenes, failures, note)

    main = {
        "L (SROCC)": found.bank.value,
        "level 5 above": found.inverted,
        "D": found.discriminability.value,
        "L of Waterloo (SROCC)": found.waterloo.value,
        "P": found.pairwise.value,
    }
    return [
        row("", "all", main, "no interval; 23 ordered types, and those of Waterloo"),
        *(
            row(
                "by type",
                name,
                {
                    "L (SROCC)": value,
                    "level 5 above": found.inverted_by_type[name],
                },
                "no interval",
            )
            for name, value in found.bank.by_type.items()
        ),
        *(
            row(
                "harmless changes",
                name,
                {"mean": one.mean, "19 of 20 within": one.most, "shift": one.shift},
                "no interval; of 100",
            )
            for name, one in found.changes.items()
        ),
    ]


PROTOCOL = Protocol(
    NAME,
    "Order of all types and levels, and steadiness under harmless changes.",
    _measure,
    needs=(PRISTINE,),
)
