"""Damaged files through the decoder, the scorer and an export.

The campaign (`-m slow`) takes the number of mutants from `TFIQA_FUZZ_MUTANTS`, and
writes its table to `TFIQA_CAMPAIGN_RESULTS`, a folder, if that is set.
"""

import collections
import json
import os

import pytest

from tests.robustness.asking import Died
from tests.robustness.asking import Worker
from tests.robustness.examination import Examiner
from tests.robustness.examination import Finding
from tests.robustness.examination import wrong_with
from tests.robustness.mutants import Mutant
from tests.robustness.mutants import mutants
from tests.robustness.results import write_results
from tests.support.toy_scorer import toy_scorer
from tfiqa.export import saved_model

COUNT = int(os.environ.get("TFIQA_FUZZ_MUTANTS", "10000"))
# Found by a campaign, and mended since.
FOUND = (
    *(Mutant("BMP", "lying header", number) for number in (48, 92, 130)),
    *(Mutant("GIF", "flipped bits", number) for number in (3, 9, 13, 35)),
    *(Mutant("GIF", "lying header", number) for number in (121, 131, 182)),
    *(Mutant("JPEG", "lying header", number) for number in (39, 135)),
    Mutant("PNG", "lying header", 76),
)
# Beyond what a finding may take: what the answer itself and the first one take.
_PATIENCE = 90.0


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "toy"
    saved_model.export(toy_scorer(), folder)
    return folder


def test_a_few_mutants(exported):
    examiner = Examiner(exported)
    broken = {}
    for mutant in (*mutants(400), *FOUND):
        # The peak of this process is that of the tests before.
        finding = examiner.examine(mutant)
        wrong = [w for w in wrong_with(mutant, finding) if w != "more than 2 GB"]
        if wrong:
            broken[mutant] = wrong, finding
    assert not broken


@pytest.mark.slow
def test_many_mutants(exported):
    broken: dict[str, list[str]] = {}
    differences: dict[str, list[str]] = {}
    statuses: collections.Counter[str] = collections.Counter()
    worst = {"seconds": 0.0, "peak": 0}
    with Worker("tests.robustness.fuzz_worker", exported) as worker:
        for mutant in mutants(COUNT):
            result = examined(worker, mutant)
            if isinstance(result, Died):
                statuses["died"] += 1
                broken[repr(mutant)] = [str(result)]
                continue
            statuses[result.status] += 1
            worst = {k: max(v, getattr(result, k)) for k, v in worst.items()}
            if wrong := wrong_with(mutant, result):
                broken[repr(mutant)] = [*wrong, result.reason]
            if result.exported not in ("", result.status):
                pair = [result.status, result.exported, result.reason]
                differences[repr(mutant)] = pair
    write_results(
        "fuzz",
        {
            **{"mutants": COUNT, "statuses": statuses, "worst": worst},
            **{"broken": broken, "differences": differences},
        },
    )
    assert not broken


def examined(worker: Worker, mutant: Mutant) -> Finding | Died:
    """Returns what came of a mutant, or how the process died of it."""
    line = json.dumps([mutant.format, mutant.fault, mutant.number])
    try:
        return Finding(**json.loads(worker.ask(line, _PATIENCE)))
    except Died as death:
        return death
