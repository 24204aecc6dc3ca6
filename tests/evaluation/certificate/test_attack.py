"""Tests of attacks within two levels."""

import keras
import numpy as np
import pytest

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.evaluation.certificate import attack
from tfiqa.scoring.scorer import predictor

HAS_GRADIENT = keras.backend.backend() in ("tensorflow", "jax")
WEIGHTS = np.random.default_rng(0).normal(0, 1, (24, 32, 3))


def linear(image):
    return float(np.sum(WEIGHTS * image))


def test_a_linear_score_rises_as_far_as_it_can():
    image = np.random.default_rng(1).integers(2, 254, (24, 32, 3), np.uint8)
    result = attack.attacked(linear, image, lambda current: WEIGHTS)
    expected = attack.BUDGET * np.abs(WEIGHTS).sum()
    assert linear(result) - linear(image) == pytest.approx(expected)


def test_random_steps_stay_within_the_budget_and_never_lower_the_score():
    image = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)
    result = attack.attacked(linear, image, None)
    moved = result.astype(int) - image
    assert 0 < np.abs(moved).max() <= attack.BUDGET
    assert linear(result) > linear(image)
    np.testing.assert_array_equal(result, attack.attacked(linear, image, None))


def test_where_no_step_helps_the_image_stays():
    image = np.random.default_rng(1).integers(0, 256, (24, 32, 3), np.uint8)
    for gradient in (None, lambda current: np.ones_like(current)):
        result = attack.attacked(lambda pixels: -float(pixels.sum()), image, gradient)
        assert result.sum() <= image.sum()
    np.testing.assert_array_equal(
        attack.attacked(lambda pixels: float("nan"), image, None), image
    )


@pytest.mark.skipif(not HAS_GRADIENT, reason="no gradient by the pixels")
def test_the_gradient_of_a_scorer_is_its_slope():
    scorer, image = toy_scorer(), toy_image(4, 16, 16).astype("float32")
    gradient = attack.gradient_of(scorer)
    slope = gradient(image)
    step = np.sign(slope) * 0.05
    ends = [
        float(np.asarray(scorer((image + sign * step)[None]))[0, 0]) for sign in (1, -1)
    ]
    assert (ends[0] - ends[1]) / 100 == pytest.approx(
        0.1 * np.abs(slope).sum(), rel=0.1
    )
    assert attack.has_gradient(gradient, toy_image(4, 16, 16))
    flat = np.full((16, 16, 3), 9, "uint8")
    assert not attack.has_gradient(gradient, flat)


@pytest.mark.skipif(not HAS_GRADIENT, reason="no gradient by the pixels")
def test_a_scorer_is_fooled_within_two_levels():
    scorer, image = toy_scorer(), toy_image(2, 16, 16)
    predict = predictor(scorer)
    result = attack.attacked(predict, image, attack.gradient_of(scorer))
    by_chance = attack.attacked(predict, image, None)
    assert np.abs(result.astype(int) - image).max() <= 2
    assert predict(result) > predict(by_chance) > predict(image)
