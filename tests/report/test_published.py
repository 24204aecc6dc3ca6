"""Tests of the numbers of papers."""

import pytest

from tfiqa.evaluation.protocols import PROTOCOLS
from tfiqa.evaluation.results import EvaluationResults
from tfiqa.evaluation.results import Row
from tfiqa.metrics.comparison import Figure
from tfiqa.report.published import beside
from tfiqa.report.published import numbers
from tfiqa.report.tables import tables


def test_every_number_has_a_source_and_a_place():
    for one in numbers():
        assert one.protocol in PROTOCOLS
        assert one.paper
        assert "table" in one.table
        assert -1 < one.value <= 1
    keys = [
        (one.protocol, one.dataset, one.method, one.of, one.figure, one.paper)
        for one in numbers()
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("dataset", "method", "values"),
    [
        ("tid2013", "contrique (dead leaves)", [0.703]),
        ("kadid10k", "contrique (textured leaves)", [0.820]),
        ("spaq", "contrique (danbooru)", [0.886]),
        ("flive", "brisque", [0.288]),
        ("kadid10k", "brisque", [0.528]),
        ("kadid10k", "hosa", [0.653, 0.618]),  # Two papers, two numbers.
        ("koniq10k", "hosa", [0.671, 0.805]),
        ("clive", "hyperiqa", [0.859]),
        ("csiq", "reiqa", [0.947]),
        ("koniq10k", "contrique", [0.894]),
    ],
)
def test_numbers_of_repeats(dataset, method, values):
    result = [
        one.value
        for one in beside("repeats", dataset)
        if one.method == method and one.figure == "SROCC"
    ]
    assert result == values


def test_table_4_stands_beside_the_whole_material_alone():
    nan = float("nan")
    figures = {"D": Figure(0.9, nan, nan), "P": Figure(0.8, nan, nan)}
    of_paper = "D 0.901 (table 4); L (SROCC) 0.975 (table 4); P 0.997 (table 4)"
    for count, message in ((4744, True), (40, False)):
        place = "waterloo", "photos", "mine", f"{count} pristine"
        results = EvaluationResults([Row(*place, figures, 3)])
        (_, table) = tables(results, {"mine": "hyperiqa"})
        assert (of_paper in table) is message
        assert "0.9384" not in table
        assert "meon" in table


def test_numbers_stand_beside_what_they_are_of():
    values = {
        (p.protocol, p.of, p.figure): p.value
        for p in beside("cross_database", "clive")
        if p.method == "hyperiqa"
    }
    assert values["cross_database", "trained on koniq10k", "SROCC"] == 0.785
    table_4 = {p.method: p.value for p in beside("waterloo", "x") if p.figure == "D"}
    assert table_4["hyperiqa"] == 0.9006
    assert {p.protocol for p in beside("split", "koniq10k/half")} == {
        *("repeats", "unsupervised")
    }
    assert beside("gmad", "live") == []
