"""Tests of the evaluation of a scorer on pictures with MOS."""

import dataclasses

import numpy as np
import pytest

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tests.support.toy_source import png
from tests.support.toy_source import toy_source
from tfiqa import metrics
from tfiqa.metrics.comparison import figures
from tfiqa.scoring.heldout import heldout

FLAT = png(np.full((9, 9, 3), 5, "uint8"))
BROKEN = {3: b"no picture", 5: FLAT, 7: FLAT}


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


def test_equals_scoring_and_measuring_by_hand(scorer):
    source = toy_source()
    pixels = np.stack([toy_image(index) for index in range(12)]).astype("float32")
    scores = np.asarray(scorer(pixels))[:, 0]

    result = heldout(scorer, source, resamples=100, seed=4)

    np.testing.assert_allclose(result.predictions, scores, rtol=1e-5)
    for name, metric in [("SROCC", metrics.srocc), ("RMSE", metrics.rmse)]:
        figure = result.figures[name]
        assert figure.value == pytest.approx(metric(scores, source.mos))
        interval = metrics.bootstrap_interval(
            metric, scores, source.mos, resamples=100, seed=4
        )
        assert (figure.low, figure.high) == pytest.approx(interval)
    assert result.figures["SROCC"].value > 0.9
    assert result.scored == 12
    assert result.failures == {}


def test_pictures_that_cannot_be_scored_are_counted_and_left_out(scorer):
    whole = heldout(scorer, toy_source(), resamples=50)
    result = heldout(scorer, toy_source(broken=BROKEN), resamples=50)

    kept = [index for index in range(12) if index not in BROKEN]
    assert result.failures == {"flat": 2, "undecodable": 1}
    assert result.scored == 9
    assert np.isnan(result.predictions[[3, 5, 7]]).all()
    pair = whole.predictions[kept], whole.mos[kept]
    assert result.figures == figures(*pair, result.fits, resamples=50)
    assert len(result.mos) == len(result.image_ids) == 12


def test_lines_show_figures_intervals_and_counts(scorer):
    lines = heldout(scorer, toy_source(broken=BROKEN), resamples=50).lines()
    names = [line[:15].strip() for line in lines]
    fitted = ["PLCC (logistic)", "RMSE (logistic)"]
    assert names == ["SROCC", "PLCC", "KROCC", "RMSE", *fitted, "n"]
    assert all(" [" in line for line in lines[:6])
    assert lines[6][15:] == " 9 scored, 3 not scored (2 flat, 1 undecodable)"


def test_a_reversed_scorer_shows_a_negative_figure(scorer):
    source = toy_source()
    reversed_mos = dataclasses.replace(source, mos=-source.mos)
    result = heldout(scorer, reversed_mos, resamples=10)
    srocc = result.figures["SROCC"].value
    assert srocc < -0.9
    assert result.lines()[0].split()[:2] == ["SROCC", f"{srocc:.3f}"]
    assert result.figures["PLCC (logistic)"].value < -0.9
    assert "negative" in result.lines()[-1]
    assert not heldout(scorer, source, resamples=10).hints()


def test_progress_is_told_for_each_picture(scorer):
    done = []
    heldout(scorer, toy_source(broken=BROKEN), resamples=10, progress=done.append)
    assert done == list(range(1, 13))


def test_sources_without_mos_or_pictures_are_refused(scorer):
    with pytest.raises(ValueError, match=r"with MOS.*'toy'"):
        heldout(scorer, dataclasses.replace(toy_source(), mos=None))
    hopeless = toy_source(2, broken={0: b"", 1: FLAT})
    with pytest.raises(ValueError, match=r"2 images.*\['flat', 'undecodable'\]"):
        heldout(scorer, hopeless)
