"""Tests of the photographs that the second stage of contentsep holds back."""

import math

import numpy as np
import pytest

from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data.images import of_source
from tfiqa.methods import contentsep
from tfiqa.methods.contentsep import held
from tfiqa.methods.contentsep import photographs
from tfiqa.models import ContentSep

PICTURES = of_source(toy_source(8))
RNG = np.random.default_rng(0)


def test_agreement_is_the_mean_cosine_of_centered_features():
    features = RNG.normal(3, 1, (5, 2, 4))
    center = features.reshape(10, 4).mean(axis=0)
    cosines = []
    for first, second in features - center:
        product = math.sqrt(first @ first) * math.sqrt(second @ second)
        cosines.append(first @ second / product)
    assert held.agreement(features) == pytest.approx(np.mean(cosines))


def test_equal_views_agree_and_features_that_are_all_alike_do_not():
    rows = RNG.normal(size=(50, 1, 30))
    assert held.agreement(rows.repeat(2, axis=1)) == pytest.approx(1)
    noise = RNG.normal(size=(50, 2, 30))
    assert abs(held.agreement(100 + 1e-3 * noise)) < 0.2
    assert held.agreement(np.ones((4, 2, 3))) == 0


def test_the_spread_is_0_of_equal_and_1_of_balanced_directions():
    assert held.spread(np.ones((4, 2, 3))) == pytest.approx(0, abs=1e-9)
    balanced = np.array([[[1, 0], [-1, 0]], [[0, 2], [0, -2]]])
    assert held.spread(balanced) == pytest.approx(1)


@pytest.mark.parametrize(
    ("choices", "patience", "expected"),
    [
        ([], 1, False),
        ([0.3, 0.2], 0, False),
        ([0.3, 0.2], 1, True),
        ([0.3, 0.2], 2, False),
        ([0.3, 0.2, 0.1], 2, True),
        ([0.3, 0.2, 0.4], 2, False),
        ([math.nan, math.nan, math.nan], 1, False),
        ([math.nan, 0.3, 0.4], 1, False),
        ([math.nan, 0.3, 0.2], 1, True),
    ],
)
def test_a_training_without_progress_ends(choices, patience, expected):
    assert held.ended(choices, patience) is expected


def test_a_second_stage_without_progress_ends_and_keeps_the_best_epoch(
    tmp_path, monkeypatch
):
    """Also if it is resumed after its end."""
    config = override(
        contentsep.Config(),
        {
            **contentsep.QUICK,
            **{"crop_size": 32, "batch_size": 4, "epochs": 5, "view_scale": "native"},
            **{"held_pairs": 3, "patience": 1},
        },
    )
    agreements = iter([0.0, 0.1, 0.5, 0.4])
    monkeypatch.setattr(held, "agreement", lambda features: next(agreements))
    encoder = ContentSep(**config.network).encoder()
    weights = []
    monkeypatch.setattr(held, "spread", lambda features: keep(weights, encoder))
    run = trainers.Run(tmp_path, seed=1, verbose=0)
    photographs.learn_photographs(encoder, config, PICTURES, run)
    log = (tmp_path / "authentic" / "log.csv").read_text().splitlines()
    assert len(log) == 1 + 3  # The header, and 0.1, 0.5 and 0.4.
    assert len(weights) == 4  # Before training too.
    same(encoder, weights[2])
    agreements = iter([0.0])
    other = ContentSep(**config.network).encoder()
    resumed = trainers.Run(tmp_path, seed=1, resume=True, verbose=0)
    photographs.learn_photographs(other, config, PICTURES, resumed)
    same(other, weights[2])


def keep(weights, encoder):
    weights.append(encoder.get_weights())
    return 0.0


def same(encoder, weights):
    for result, expected in zip(encoder.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(result, expected)
