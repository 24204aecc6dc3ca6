"""Tests of the numbers of papers."""

from tfiqa.evaluation.several import PROTOCOLS
from tfiqa.report.published import beside
from tfiqa.report.published import numbers


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
