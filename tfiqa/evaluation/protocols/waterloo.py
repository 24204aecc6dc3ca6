"""D-, L- and P-tests of scorers on versions of pristine images.

Reference: Ma et al., "Waterloo Exploration database: new challenges for image quality
assessment models", TIP 2017.
"""

from collections.abc import Mapping

from tfiqa.evaluation.distorted_pool import measured
from tfiqa.evaluation.pristine_versions import DISTORTIONS
from tfiqa.evaluation.pristine_versions import P_TEST
from tfiqa.evaluation.pristine_versions import VersionScores
from tfiqa.evaluation.protocols.base import PRISTINE
from tfiqa.evaluation.protocols.base import Context
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.protocols.base import scorers_and_tables
from tfiqa.evaluation.results import EvaluationResults
from tfiqa.evaluation.results import Row
from tfiqa.metrics.comparison import Figure
from tfiqa.metrics.discriminability import DTest
from tfiqa.metrics.discriminability import d_test
from tfiqa.metrics.listwise import LTest
from tfiqa.metrics.listwise import l_test
from tfiqa.metrics.pairwise import PTest
from tfiqa.metrics.pairwise import on_material
from tfiqa.metrics.pairwise import p_test

NAME = "waterloo"
NAN = float("nan")


def all_tests(
    scores: VersionScores, full_reference: Mapping[str, VersionScores]
) -> tuple[DTest, LTest, PTest]:
    """Returns the D-, L- and P-test of a scorer.

    Args:
        scores: Its scores, higher is better, NaN where missing.
        full_reference: Values of full-reference measures on the same versions, by the
            names of `P_TEST`.
    """
    qualities = [
        on_material(values.pool(), perfect=P_TEST[name][1])
        for name, values in full_reference.items()
    ]
    return (
        d_test(scores.pristine, scores.distorted),
        l_test(scores.distorted, DISTORTIONS),
        p_test(scores.pool(), qualities),
    )


def _measure(context: Context) -> None:
    results, pool = context.results, context.pool
    if pool is None:
        return
    predictors = scorers_and_tables(context.predictors, NAME, pool, results)
    if not predictors:
        return
    values, kept, lost = measured(predictors, pool)
    full_reference = {name: values[name] for name in P_TEST}
    for predictor in predictors:
        with results.attempt(NAME, pool.name, predictor.name):
            tests = all_tests(values[predictor.name], full_reference)
            where = pool.name, predictor.name
            _add_all_tests(results, where, tests, kept=len(kept), lost=lost)
            _add_types(results, where, tests[1], kept=len(kept))


def _add_all_tests(
    results: EvaluationResults,
    where: tuple[str, str],
    tests: tuple[DTest, LTest, PTest],
    *,
    kept: int,
    lost: int,
) -> None:
    """Adds a row of all tests; `kept` images were measured, `lost` were not."""
    d, lists, p = tests
    failures = {"pictures": lost, "versions": d.missing, "lists": lists.missing}
    figures = {"D": d.value, "L (SROCC)": lists.value}
    figures |= {"L (KROCC)": lists.kendall, "P": p.value}
    results.rows.append(
        Row(
            *(NAME, *where, f"{kept} pristine"),
            {name: Figure(value, NAN, NAN) for name, value in figures.items()},
            p.scored,
            {kind: count for kind, count in failures.items() if count},
            f"no interval; P-test of {p.pairs:,} pairs by {', '.join(P_TEST)}",
        )
    )
    if lists.missing:
        results.hint(
            f"{NAME}, {', '.join(where)}: L-test of {lists.lists} lists; "
            f"{lists.missing} more lack the score of a level."
        )


def _add_types(
    results: EvaluationResults, where: tuple[str, str], lists: LTest, *, kept: int
) -> None:
    """Adds a row of the L-test for each type of distortion."""
    for name, value in lists.by_type.items():
        missing = lists.missing_by_type[name]
        results.rows.append(
            Row(
                *(f"{NAME}, L-test by type", *where, name),
                {"L (SROCC)": Figure(value, NAN, NAN)},
                kept - missing,
                {"lists": missing} if missing else {},
                "no interval, n lists",
            )
        )


PROTOCOL = Protocol(
    NAME,
    "D-, L- and P-tests on versions of pristine images.",
    _measure,
    needs=(PRISTINE,),
)
