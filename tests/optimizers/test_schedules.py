"""Tests of the learning rates, against numbers of the authors' code."""

import keras
import numpy as np
import pytest

from tfiqa.optimizers import EpochCosine
from tfiqa.optimizers import TorchSGD
from tfiqa.optimizers import WarmUpCosine

# Of 1000 updates with the rate 0.6.
RATES = {
    **{0: 0.005941, 1: 0.011881, 50: 0.302970, 99: 0.594059, 100: 0.6, 550: 0.3},
    999: 2e-6,
}


@pytest.mark.parametrize("step", RATES)
def test_contrique(step):
    rate = float(WarmUpCosine(0.6, 1000, 0.1)(step))
    assert rate == pytest.approx(RATES[step], abs=1e-6)


def test_without_a_rise_it_falls_from_the_start():
    schedule = WarmUpCosine(1.0, 4, 0.0)
    rates = [float(schedule(step)) for step in range(4)]
    np.testing.assert_allclose(rates, [1, 0.853553, 0.5, 0.146447], atol=1e-5)


def test_an_optimizer_takes_it_step_by_step():
    optimizer = TorchSGD(WarmUpCosine(1.0, 4, 0.5))
    weights = keras.Variable([0.0])
    changes = []
    for _ in range(4):
        before = float(weights.numpy()[0])
        optimizer.apply([keras.ops.convert_to_tensor([1.0])], [weights])
        changes.append(before - float(weights.numpy()[0]))
    np.testing.assert_allclose(changes, [1 / 3, 2 / 3, 1, 0.5], atol=1e-6)


@pytest.mark.parametrize(("epoch", "expected"), [(6, 11.347), (20, 6.006), (40, 0.012)])
def test_reiqa_falls_epoch_by_epoch(epoch, expected):
    """Rates of epochs, counted from 1, of 33 steps: the same in the whole epoch."""
    schedule = EpochCosine(12.0, 40, 33, warm_up=5)
    rates = [float(schedule(step)) for step in range(33 * (epoch - 1), 33 * epoch)]
    np.testing.assert_allclose(rates, expected, atol=5e-4)


def test_reiqa_rises_step_by_step():
    schedule = EpochCosine(12.0, 40, 100, warm_up=5)
    for step in (0, 1, 250, 499):
        expected = 0.01 + step / 500 * (11.5437 - 0.01)
        assert float(schedule(step)) == pytest.approx(expected, abs=1e-4)
    assert float(schedule(500)) == pytest.approx(11.347, abs=5e-4)


def test_epochs_do_not_slip_where_there_are_many_steps():
    schedule = EpochCosine(1.0, 2000, 8189)
    boundary = 1999 * 8189
    before, after = (float(schedule(step)) for step in (boundary - 1, boundary))
    assert before == float(schedule(boundary - 8189))
    assert after < before


@pytest.mark.parametrize(
    "schedule", [WarmUpCosine(0.5, 7, 0.25), EpochCosine(0.5, 7, 3, warm_up=2)]
)
def test_config_round_trip(schedule):
    copy = type(schedule).from_config(schedule.get_config())
    assert copy.get_config() == schedule.get_config()


@pytest.mark.parametrize("options", [{"steps": 0}, {"steps": 5, "warm_up": 1}])
def test_rejects(options):
    with pytest.raises(ValueError, match=r"steps=0|warm_up=1"):
        WarmUpCosine(0.1, **options)


def test_rejects_epochs():
    with pytest.raises(ValueError, match="epochs=0"):
        EpochCosine(0.1, 0, 10)
