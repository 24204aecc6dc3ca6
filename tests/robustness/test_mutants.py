"""Tests of the mutants themselves."""

import collections
import io

import numpy as np
import pytest
from PIL import Image

from tests.robustness import headers
from tests.robustness.mutants import FAULTS
from tests.robustness.mutants import Mutant
from tests.robustness.mutants import mutants
from tests.robustness.seeds import FORMATS
from tests.robustness.seeds import seeds
from tfiqa.data.decode import decode

PAIRS = [(format, fault) for fault, (_, having) in FAULTS.items() for format in having]


@pytest.mark.parametrize("format", FORMATS)
def test_seeds_are_whole(format):
    for encoded in seeds(format):
        assert decode(encoded).shape == (48, 64, 3)


@pytest.mark.parametrize(("format", "fault"), PAIRS)
def test_mutants_are_pure_functions_that_change_files(format, fault):
    made = [Mutant(format, fault, number) for number in range(12)]
    encoded = [mutant.encoded for mutant in made]
    assert encoded == [mutant.encoded for mutant in made]
    changed = [one != mutant.seed for one, mutant in zip(encoded, made, strict=True)]
    assert sum(changed) >= 10  # A lie may happen to be the truth.
    assert len(set(encoded)) >= 6


@pytest.mark.parametrize("format", sorted({*FORMATS} - {"PPM"}))  # Its header is text.
def test_size_fields_hold_the_size(format):
    for encoded in seeds(format):
        result = [
            headers.number_at(encoded, field)
            for field in headers.size_fields(format, encoded)
        ]
        if encoded[12:16] == b"VP8L":  # Bits: 14 of each side minus one.
            result = [(result[0] & 0x3FFF) + 1, (result[0] >> 14 & 0x3FFF) + 1]
        if encoded[12:16] == b"VP8X":
            result = [side + 1 for side in result]
        assert result[0::2] == [64] * len(result[0::2])
        assert result[1::2] == [48] * len(result[1::2])


def test_numbers_are_written_where_they_are_read():
    changed = headers.with_number(bytes(8), (2, ">H"), 0x1_0203)
    assert changed == b"\0\0\2\3\0\0\0\0"
    assert headers.number_at(changed, (2, ">H")) == 0x0203


def test_shares_are_equal():
    counts = collections.Counter((m.format, m.fault) for m in mutants(3 * len(PAIRS)))
    assert set(counts) == set(PAIRS)
    assert set(counts.values()) == {3}


def test_declared_bombs_declare():
    """Whoever reads their headers sees more pixels than there are."""
    for format in ("JPEG", "PNG", "BMP", "GIF", "TGA", "PPM"):
        bomb = Mutant(format, "declared bomb", 0).encoded
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            with Image.open(io.BytesIO(bomb)) as opened:
                assert np.prod(opened.size) > 64 * 48 * 100
        finally:
            Image.MAX_IMAGE_PIXELS = limit
