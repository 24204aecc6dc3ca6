"""How scorers behave on distorted versions of pristine scenes.

See `evaluation.behaviour`. The scores of each scene are saved as soon as it is done.
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
            rows, failed = _scene_rows(predictor, pool)
            mos_range = metadata(predictor.scorer(), "mos_range")["mos_range"]
            result = behaviour(material.stacked(rows), mos_range=tuple(mos_range))
            results.rows += _result_rows(result, (pool.name, predictor.name), failed)


def _scene_rows(
    predictor: ScorerPredictor, pool: DistortedPool
) -> tuple[list[dict[str, Any]], int]:
    """Returns the scores of each scene, and the number of unusable scenes.

    Raises:
        ValueError: If no scene is usable.
    """
    folder = predictor.folder()
    file = folder and folder / f"behaviour-{pool.seed}.jsonl"
    rows_by_image = read_lines(file)
    predict = predict_of(predictor)
    progress = Progress(len(pool.paths), on=len(rows_by_image) < len(pool.paths))
    rows, failed = [], 0
    for done, path in enumerate(pool.paths, 1):
        name = image_name(path)
        if name not in rows_by_image:
            try:
                scene = pristine_image(path)
            except ValueError as error:
                print(f"{path}: {error}", file=sys.stderr)
                failed += 1
                continue
            # The seed depends on the image alone, not on its position.
            seed = pool.seed, int(name[-7:], 16)
            rows_by_image[name] = material.scene_row(predict, scene, seed)
            append_line(file, {"picture": name, **rows_by_image[name]})
        rows.append(rows_by_image[name])
        progress.show(done)
    if not rows:
        raise ValueError(
            "Images without distortions, large enough, are expected. "
            f"Received: {pool.name}, {len(pool.paths)} images, none usable"
        )
    return rows, failed


def _result_rows(result: Behaviour, where: tuple[str, str], failed: int) -> list[Row]:
    def row(part: str, of: str, figures: dict[str, float], note: str) -> Row:
        protocol = ", ".join(filter(None, (NAME, part)))
        values = {name: Figure(value, NAN, NAN) for name, value in figures.items()}
        counts = {"pictures": failed + result.missing}
        failures = {kind: count for kind, count in counts.items() if count}
        return Row(protocol, *where, of, values, result.scenes, failures, note)

    main = {
        "L (SROCC)": result.bank.value,
        "level 5 above": result.inverted,
        "D": result.discriminability.value,
        "L of Waterloo (SROCC)": result.waterloo.value,
        "P": result.pairwise.value,
    }
    return [
        row("", "all", main, "no interval; 23 ordered types, and those of Waterloo"),
        *(
            row(
                "by type",
                name,
                {
                    "L (SROCC)": value,
                    "level 5 above": result.inverted_by_type[name],
                },
                "no interval",
            )
            for name, value in result.bank.by_type.items()
        ),
        *(
            row(
                "harmless changes",
                name,
                {
                    "mean": change.mean,
                    "19 of 20 within": change.most,
                    "shift": change.shift,
                },
                "no interval; of 100",
            )
            for name, change in result.changes.items()
        ),
    ]


PROTOCOL = Protocol(
    NAME,
    "Order of all types and levels, and stability under harmless changes.",
    _measure,
    needs=(PRISTINE,),
)
