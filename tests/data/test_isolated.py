"""Tests of decoding in child processes that crash, hang and lie."""

import io

import numpy as np
import pytest
from PIL import Image

import tfiqa
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.data import frames
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decode import decode
from tfiqa.data.decode import decode_with_notes
from tfiqa.data.isolated import IsolatedDecoder
from tfiqa.data.isolated import Limits
from tfiqa.scoring import run

# A child whose decoder does what the picture says.
PROGRAM = """
import os, signal, sys, time
import numpy as np
from tfiqa.data import isolated_worker
from tfiqa.data.decode import Decoded
from tfiqa.data.decoders import LocalDecoder

class Odd(LocalDecoder):
    def declared_size(self, encoded):
        return (1, 1) if len(encoded) < 20 else super().declared_size(encoded)

    def decode(self, encoded, how=None):
        if encoded == b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        if encoded == b"leave":
            os._exit(3)
        if encoded == b"hang":
            time.sleep(100)
        if encoded == b"grow":
            return Decoded(np.ones((1000, 1000, 3000), np.uint8))
        if encoded == b"fail":
            raise RuntimeError
        if encoded == b"print":
            os.write(1, b"a library says something")
            print("so does Python", flush=True)
            return Decoded(np.full((2, 3, 3), 7, np.uint8), ("printed",))
        if encoded == b"lie":
            return Decoded(np.zeros((2, 2, 3), np.uint16))
        return super().decode(encoded, how)

isolated_worker.serve({memory}, Odd())
"""


@pytest.fixture(scope="module")
def decoder():
    with IsolatedDecoder() as decoder:
        yield decoder


@pytest.fixture(scope="module")
def odd():
    with IsolatedDecoder(Limits(seconds=8.0), program=PROGRAM) as decoder:
        yield decoder


def encoded(pixels, kind="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF"])
def test_pixels_are_those_of_this_process(decoder, kind):
    file = encoded(toy_image(1, 31, 57), kind)
    np.testing.assert_array_equal(decoder.decode(file).pixels, decode(file))
    assert decoder.declared_size(file) == (31, 57)


def test_notes_and_options_are_passed_on(decoder):
    cut = encoded(toy_image(1), "JPEG")[:-2]
    decoding = Decoding(tolerate_truncation=True)
    assert decoder.decode(cut, decoding).notes == decode_with_notes(cut, decoding).notes
    with pytest.raises(DecodeError, match="truncated"):
        decoder.decode(cut)


@pytest.mark.parametrize(
    "file", [b"", b"no picture", b"\0\0\0\x18ftypheic" + bytes(20)]
)
def test_refusals_are_those_of_this_process(decoder, file):
    with pytest.raises(DecodeError) as expected:
        decode(file)
    with pytest.raises(DecodeError) as result:
        decoder.decode(file)
    assert (result.value.status, result.value.reason) == (
        expected.value.status,
        expected.value.reason,
    )


@pytest.mark.parametrize(
    ("file", "status", "told"),
    [
        (b"crash", "undecodable", "ended with signal SIGSEGV"),
        (b"leave", "undecodable", "ended with status 3"),
        (b"fail", "undecodable", "ended with status 1"),
        (b"lie", "undecodable", "returned no image"),
        (b"grow", "too_large", "fits into memory"),
    ],
)
def test_a_child_that_fails_costs_its_picture_alone(odd, capfd, file, status, told):
    with pytest.raises(DecodeError, match=told) as caught:
        odd.decode(file)
    assert caught.value.status == status
    np.testing.assert_array_equal(
        odd.decode(encoded(toy_image(2))).pixels, toy_image(2)
    )


def test_a_child_that_hangs_is_ended():
    with IsolatedDecoder(Limits(seconds=5.0), program=PROGRAM) as decoder:
        decoder.decode(encoded(toy_image(2)))
        with pytest.raises(DecodeError, match="more than 5 seconds"):
            decoder.decode(b"hang")
        decoder.decode(encoded(toy_image(2)))


def test_what_libraries_print_is_no_answer(capfd):
    with IsolatedDecoder(program=PROGRAM) as odd:  # With the standard error of now.
        result = odd.decode(b"print")
    assert result.notes == ("printed",)
    np.testing.assert_array_equal(result.pixels, np.full((2, 3, 3), 7))
    assert "a library says something" in capfd.readouterr().err


def test_children_end_with_the_decoder():
    decoder = IsolatedDecoder()
    decoder.decode(encoded(toy_image(2)))
    child = decoder._idle.get()
    decoder._idle.put(child)
    assert child.poll() is None
    decoder.close()
    assert child.poll() == 0


def test_rows_are_the_same_and_a_crash_has_a_row(tmp_path, monkeypatch):
    for number in range(3):
        Image.fromarray(toy_image(number)).save(tmp_path / f"{number}.png")
    (tmp_path / "1a.png").write_bytes(b"crash")
    (tmp_path / "1b.png").write_bytes(b"leave")
    scorer = toy_scorer()
    expected = list(tfiqa.score_files(tmp_path, model=scorer))
    monkeypatch.setattr(run, "IsolatedDecoder", _Odd)
    result = list(tfiqa.score_files(tmp_path, model=scorer, isolate=True))
    assert [row.status for row in result] == [
        *("ok", "ok", "undecodable", "undecodable", "ok"),
    ]
    assert "SIGSEGV" in result[2].reason
    assert [row for row in result if row.score] == [r for r in expected if r.score]


class _Odd(IsolatedDecoder):
    def __init__(self):
        super().__init__(program=PROGRAM)


def test_messages_come_back_as_they_were():
    file = io.BytesIO()
    frames.write(file, {"a": [1, "é"]}, np.arange(6, dtype=np.uint8).reshape(2, 3))
    file.seek(0)
    assert frames.read(file, max_bytes=6) == ({"a": [1, "é"]}, bytearray(range(6)))
    with pytest.raises(EOFError):
        frames.read(file, max_bytes=6)


@pytest.mark.parametrize(
    "message",
    [
        b"\xff" * 40,
        b"\0\0\0\x02" + bytes(7) + b"\x07{}" + bytes(7),
        b"\0\0\0\x02" + bytes(8) + b"[]",
        b"\0\0\0\x02" + bytes(8) + b"{]",
    ],
    ids=["no message", "long", "a list", "no JSON"],
)
def test_what_is_no_message_is_an_error(message):
    with pytest.raises(ValueError):  # noqa: PT011
        frames.read(io.BytesIO(message), max_bytes=6)
