"""Which levels equal their source: the table against pixels."""

import numpy as np
import pytest

from tests.distortions.conftest import textured
from tfiqa.distortions import BANKS
from tfiqa.distortions.ladders import LEVELS
from tfiqa.distortions.ladders import versions
from tfiqa.distortions.unchanged import UNCHANGED_LEVELS
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
        for name in BANKS[bank]
        for level in LEVELS
        if leaves_unchanged(name, level, bank=bank)
    }
    assert found == listed


def test_every_bank_and_only_existing_types_are_listed():
    assert UNCHANGED_LEVELS.keys() == BANKS.keys()
    for bank, levels in UNCHANGED_LEVELS.items():
        assert set(levels) <= set(BANKS[bank])
