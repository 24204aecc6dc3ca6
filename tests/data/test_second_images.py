"""Tests of JPEG files with more images behind the first: MPO and Ultra HDR."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decode import decode
from tfiqa.data.decode import decode_with_notes

PIXELS = np.kron(
    np.random.default_rng(0).integers(0, 256, (5, 8, 3), np.uint8),
    np.ones((8, 8, 1), np.uint8),
)
GAIN = b"""http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"
hdrgm:GainMapMax="2.0"/></rdf:RDF></x:xmpmeta>"""


def jpeg(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def segment(marker, content):
    return struct.pack(">HH", marker, len(content) + 2) + content


def joined(first, second, *, xmp=b""):
    """Returns a file of two JPEG images; the first has the index of both (MPF)."""
    start = first[:2] + (segment(0xFFE1, xmp) if xmp else b"")
    entries = 8 + 2 + 3 * 12 + 4
    index = b"II*\0" + struct.pack("<IH", 8, 3)
    index += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100")
    index += struct.pack("<HHII", 0xB001, 4, 1, 2)
    index += struct.pack("<HHIII", 0xB002, 7, 32, entries, 0)
    length = len(start) + 2 + 2 + 4 + len(index) + 32 + len(first) - 2
    # Offsets of later images count from the byte order of the index.
    offset = length - (len(start) + 2 + 2 + 4)
    index += struct.pack("<IIIHH", 0x20030000, length, 0, 0, 0)
    index += struct.pack("<IIIHH", 0, len(second), offset, 0, 0)
    return start + segment(0xFFE2, b"MPF\0" + index) + first[2:] + second


TWO = {
    "MPO": joined(jpeg(PIXELS), jpeg(PIXELS[::-1])),
    "Ultra HDR": joined(jpeg(PIXELS), jpeg(PIXELS[::4, ::4, 0]), xmp=GAIN),
}


@pytest.mark.parametrize("name", TWO)
def test_the_first_image_is_decoded(name):
    result = decode_with_notes(TWO[name], Decoding(convert_profiles=True))
    np.testing.assert_array_equal(result.pixels, decode(jpeg(PIXELS)))
    # A gain map is not a frame.
    frames = {"MPO": ("first of several frames",), "Ultra HDR": ()}
    assert result.notes == frames[name]


def test_others_read_the_second_image_too():
    with Image.open(io.BytesIO(TWO["MPO"])) as image:
        assert (image.format, image.n_frames) == ("MPO", 2)
        image.seek(1)
        expected = decode(jpeg(PIXELS[::-1]))
        np.testing.assert_array_equal(np.asarray(image), expected)


@pytest.mark.parametrize("name", TWO)
def test_a_missing_second_image_does_not_matter(name):
    whole = jpeg(PIXELS)
    cut = TWO[name][: len(TWO[name]) - len(TWO[name]) // 8]
    np.testing.assert_array_equal(decode(cut), decode(whole))


@pytest.mark.parametrize("name", TWO)
def test_damage_of_the_first_image_counts(name):
    whole = TWO[name]
    end = whole.index(b"\xff\xd9")
    with pytest.raises(DecodeError, match=r"damaged|truncated"):
        decode(whole[: end - 200] + whole[end:])
