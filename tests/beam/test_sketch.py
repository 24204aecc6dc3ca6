"""Quantiles of a sketch against those of NumPy."""

import json

import numpy as np
import pytest

from tfiqa.beam.manifests import Manifest
from tfiqa.beam.report import Report
from tfiqa.beam.sketch import ERROR
from tfiqa.beam.sketch import Sketch

RANDOM = np.random.default_rng(0)
VALUES = {
    "from 0 to 100": RANDOM.uniform(0, 100, 5_000),
    "negative": RANDOM.normal(-15, 4, 5_000),
    "around zero": RANDOM.normal(0, 1, 5_000),
    "with zeros": np.concatenate([np.zeros(100), RANDOM.uniform(-1, 1, 100)]),
    "one": np.array([61.25]),
}


@pytest.mark.parametrize("name", VALUES)
def test_quantiles_are_close(name):
    values = VALUES[name]
    sketch = Sketch(values.tolist())
    for share in (0, 0.01, 0.25, 0.5, 0.9, 1):
        exact = np.quantile(values, share, method="lower")
        assert sketch.quantile(share) == pytest.approx(exact, rel=ERROR * 1.001)
    assert (sketch.lowest, sketch.highest) == (values.min(), values.max())
    assert len(sketch.counts) < 1_200


def test_merged_sketches_are_the_sketch_of_all_values():
    parts = [Sketch(part.tolist()) for part in np.split(VALUES["negative"], 5)]
    merged = Sketch()
    for part in parts:
        merged.merge(Sketch.from_json(json.loads(json.dumps(part.to_json()))))
    assert merged.to_json() == Sketch(VALUES["negative"].tolist()).to_json()


def test_an_empty_sketch_has_no_quantiles():
    assert np.isnan(Sketch().quantile(0.5))
    assert Sketch.from_json(json.loads(json.dumps(Sketch().to_json()))).counts == {}


def test_a_report_adds_manifests_up():
    manifests = [
        Manifest("a", "x", "1", 3, {"ok": 2, "flat": 1}, 10, "", "", _scores(1, 3)),
        Manifest("b", "y", "2", 1, {"ok": 1}, 5, "", "", _scores(2), reason="torn"),
    ]
    report = Report.of(manifests)
    assert (report.images, report.shards, report.rows_bytes) == (4, 2, 15)
    assert report.statuses == {"ok": 3, "flat": 1}
    assert (report.quantiles[0.0], report.quantiles[1.0]) == (1, 3)
    assert report.quantiles[0.5] == pytest.approx(2, rel=ERROR)
    assert report.unreadable == {"y": "torn"}
    assert "ok 3  flat 1" in list(report.lines())
    assert Report.of([]).quantiles == {}


def _scores(*values):
    return Sketch(values).to_json()
