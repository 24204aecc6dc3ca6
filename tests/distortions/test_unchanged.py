"""Which levels equal their source: the table against pixels."""

import numpy as np
import pytest

from tests.distortions.conftest import textured
from tfiqa.distortions import BANKS
from tfiqa.distortions.ladders import LEVELS
from tfiqa.distortions.ladders import versions
from tfiqa.distortions.unchanged import IDENTITY_STRENGTHS
from tfiqa.distortions.unchanged import changing_levels
from tfiqa.distortions.unchanged import leaves_unchanged


@pytest.mark.parametrize("bank", ["kadid", "released", "waterloo"])
def test_the_table_lists_exactly_the_levels_whose_pixels_are_those_of_the_source(bank):
    scene = textured(48, 52)
    scene[0, 0], scene[0, 1] = 0, 255  # The full range, so that no stretch changes it.
    found = {
        (name, level)
        for name in BANKS[bank]
        for level, version in zip(
            LEVELS, versions(scene, name, (3, 4), BANKS[bank]), strict=True
        )
        if np.array_equal(version, scene)
    }
    listed = {
        (name, level)
        for name, row in BANKS[bank].items()
        for level in LEVELS
        if leaves_unchanged(row, level)
    }
    assert found == listed
    numbers = {(BANKS[bank][name].number, level) for name, level in found}
    pairs = {(row.number, level) for row in BANKS[bank].values() for level in LEVELS}
    assert changing_levels(BANKS[bank]) == sorted(pairs - numbers)


def test_every_strength_of_the_table_is_one_of_a_bank():
    used = {
        (row.function, strength)
        for bank in BANKS.values()
        for row in bank.values()
        for strength in row.strengths
    }
    for function, strengths in IDENTITY_STRENGTHS.items():
        assert {(function, strength) for strength in strengths} <= used
