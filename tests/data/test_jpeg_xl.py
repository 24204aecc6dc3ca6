"""Tests of JPEG XL, against the encoder of its reference software."""

import importlib.util

import numpy as np
import pytest

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import declared_size
from tfiqa.data.decode import decode
from tfiqa.data.decode import decode_with_notes

RNG = np.random.default_rng(0)
PIXELS = np.kron(
    RNG.integers(0, 256, (9, 13, 3), np.uint8), np.ones((9, 9, 1), np.uint8)
)


@pytest.fixture
def codec():
    return pytest.importorskip("imagecodecs")


@pytest.mark.parametrize("shape", [(81, 117), (8, 8), (80, 80), (64, 96), (1, 117)])
@pytest.mark.parametrize("container", [False, True])
def test_sizes_and_pixels_are_those_of_the_file(codec, shape, container):
    pixels = np.ascontiguousarray(PIXELS[: shape[0], : shape[1]])
    data = codec.jpegxl_encode(pixels, lossless=True, usecontainer=container)
    assert declared_size(data) == shape
    result = decode_with_notes(data)
    np.testing.assert_array_equal(result.pixels, pixels)
    assert result.notes == ()


def test_grey_transparency_and_sixteen_bits(codec):
    grey = np.ascontiguousarray(PIXELS[..., 0])
    result = decode(codec.jpegxl_encode(grey, lossless=True))
    np.testing.assert_array_equal(result, np.repeat(grey[..., None], 3, 2))

    clear = np.dstack([PIXELS, np.zeros_like(grey)])
    result = decode(codec.jpegxl_encode(clear, lossless=True))
    assert (result == 255).all()

    deep = PIXELS.astype(np.uint16) * 256 + 99
    result = decode(codec.jpegxl_encode(deep, lossless=True))
    np.testing.assert_array_equal(result, PIXELS)


def test_the_first_of_several_frames_is_said(codec):
    data = codec.jpegxl_encode(np.stack([PIXELS, PIXELS[::-1]]), lossless=True)
    result = decode_with_notes(data)
    np.testing.assert_array_equal(result.pixels, PIXELS)
    assert "first of several frames" in result.notes


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_what_is_cut_off_is_damage(codec, share):
    data = codec.jpegxl_encode(PIXELS, lossless=True)
    with pytest.raises(DecodeError) as caught:
        decode(data[: int(share * len(data)) + 2])
    assert caught.value.status == "undecodable"


def test_too_many_pixels_are_told_before_they_are_decoded(codec):
    # Sides of 2^18 + 1: a two for 18 bits, and the same again.
    bits = [(0, 1), (2, 2), (2**18 - 1, 18), (0, 3), (2, 2), (2**18 - 1, 18), (1, 1)]
    number, at = 0, 0
    for value, count in bits:
        number |= value << at
        at += count
    data = b"\xff\x0a" + number.to_bytes(16, "little")
    for read in (decode, declared_size):
        with pytest.raises(DecodeError) as caught:
            read(data)
        assert caught.value.status == "too_large"


@pytest.mark.parametrize("start", [b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"])
def test_without_its_package_it_is_told_what_to_install(monkeypatch, start):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DecodeError, match="pip install imagecodecs") as caught:
        decode(start + bytes(20))
    assert caught.value.status == "unsupported"
