"""Tests of the table of checks."""

import math

import pytest

from tfiqa.evaluation.certificate.bands import CHECKS
from tfiqa.evaluation.certificate.bands import Mark


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_the_thresholds_of_each_check_are_in_order(name):
    check = CHECKS[name]
    assert check.reason.endswith(".")
    assert check.good >= check.acceptable or not check.higher
    assert check.good <= check.acceptable or check.higher
    beyond = 1e-3 if check.higher else -1e-3
    assert check.band(check.good) == "good"
    assert check.band(check.good + beyond) == "good"
    assert check.band(check.acceptable - beyond) == "bad"
    assert check.band(check.acceptable) in ("good", "acceptable")
    assert check.band(math.nan) == "bad"


def test_a_mark_without_a_value_is_bad_unless_it_passed_or_was_not_measured():
    assert Mark("noise").band == "bad"
    assert Mark("noise", passed=True).band == "good"
    assert Mark("noise", -30.0, measured=False).band == "not measured"
    assert Mark("noise", -30.0).band == "good"
