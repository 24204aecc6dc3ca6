"""Tests of the assessment of encoded pictures."""

import dataclasses
import functools
import io
import threading
import time

import numpy as np
import pytest
from PIL import Image

from tests.support.toy_scorer import toy_image
from tfiqa.data.decode import DecodeError
from tfiqa.files.reading import FileTooLargeError
from tfiqa.scoring import assessment as module
from tfiqa.scoring.assessment import STATUSES
from tfiqa.scoring.assessment import assess


def png(pixels):
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return encoded.getvalue()


def reader(content):
    if isinstance(content, Exception):
        return functools.partial(_raise, content)
    return lambda: content


def _raise(error):
    raise error


def mean(pixels):
    return float(pixels.mean())


FLAT = np.full((8, 8, 3), 5, "uint8")


def nan_if_flat(pixels):
    return float("nan") if np.ptp(pixels) == 0 else mean(pixels)


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (png(toy_image(0)), "ok", ""),
        (FileNotFoundError(2, "No such file"), "missing", "no such file"),
        (PermissionError(13, "Permission denied"), "undecodable", "Permission denied"),
        (IsADirectoryError(21, "Is a directory"), "undecodable", "Is a directory"),
        (b"", "undecodable", "an empty file"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "unsupported", "HEIC"),
        (ValueError("embedded null byte"), "undecodable", "null byte"),
        (MemoryError(), "undecodable", "MemoryError"),
        (FileTooLargeError(27, "12 GB"), "too_large", "12 GB"),
        (b"neither here nor there", "undecodable", "image"),
        (png(toy_image(0))[:-3000], "undecodable", "image"),
        (png(FLAT), "flat", "no structure to judge"),
        (png(toy_image(0, 6, 30)), "too_small", "30 x 6 pixels; each side needs 7"),
    ],
)
def test_statuses_and_reasons(content, status, reason):
    (outcome,) = assess([reader(content)], nan_if_flat, min_side=7)

    assert outcome.status == status
    assert outcome.status in STATUSES
    assert reason in outcome.reason
    assert bool(outcome.reason) == (status != "ok")
    assert np.isfinite(outcome.score) == (status == "ok")


@pytest.mark.parametrize("error", [DecodeError("too_large", "big"), KeyError("bug")])
def test_whatever_a_decoder_raises_is_a_status(monkeypatch, error):
    monkeypatch.setattr(module.LOCAL, "decode", lambda *_: _raise(error))
    (outcome,) = assess([reader(png(FLAT))], mean)
    assert outcome.status == getattr(error, "status", "undecodable")
    assert str(error) in outcome.reason


def test_scores_that_are_no_numbers_are_never_ok():
    for score in (np.nan, np.inf, -np.inf):
        (outcome,) = assess([reader(png(toy_image(0)))], lambda pixels, s=score: s)
        assert (outcome.status, np.isnan(outcome.score)) == ("failed", True)
        assert "the score is" in outcome.reason


def test_order_is_kept_though_decoding_takes_different_times(monkeypatch):
    def slow(encoded, how):
        decoded = decode(encoded, how)
        time.sleep(0.02 if decoded.pixels[0, 0, 0] % 2 else 0)
        return decoded

    decode = module.LOCAL.decode
    monkeypatch.setattr(module.LOCAL, "decode", slow)
    pictures = [np.full((9, 9, 3), value, "uint8") for value in range(30)]
    outcomes = assess([reader(png(p)) for p in pictures], mean, ahead=7)
    assert [outcome.score for outcome in outcomes] == list(range(30))


@pytest.mark.parametrize(("ahead", "pixels", "most"), [(3, 10**9, 3), (100, 250, 2)])
def test_reads_ahead_no_more_than_allowed(monkeypatch, ahead, pixels, most):
    # Pictures of 100 pixels: two fit into 250.
    monkeypatch.setattr(module, "MAX_PIXELS", pixels)
    decoded, scored, lock = [], [], threading.Lock()

    def counting(encoded, how):
        with lock:
            decoded.append(1)
            # Waiting, and one that is being scored.
            assert len(decoded) - len(scored) <= most + 1
        return decode(encoded, how)

    def predict(pixels):
        time.sleep(0.005)
        scored.append(1)
        return 1.0

    decode = module.LOCAL.decode
    monkeypatch.setattr(module.LOCAL, "decode", counting)
    readers = [reader(png(toy_image(0, 10, 10))) for _ in range(20)]
    outcomes = list(assess(readers, predict, ahead=ahead))
    assert [outcome.status for outcome in outcomes] == ["ok"] * 20


def test_sizes_are_told():
    ok, small = assess(
        [reader(png(toy_image(0, 9, 12))), reader(png(toy_image(0, 3, 5)))],
        mean,
        min_side=4,
    )
    assert (ok.width, ok.height) == (12, 9)
    assert (small.width, small.height) == (5, 3)


@pytest.mark.parametrize("error", [MemoryError(), ZeroDivisionError("no plan")])
def test_a_scorer_that_fails_on_one_picture_scores_the_others(error):
    def predict(pixels):
        return _raise(error) if pixels.shape[0] == 10 else mean(pixels)

    pictures = [toy_image(0, side, 12) for side in (9, 10, 11)]
    outcomes = list(assess([reader(png(p)) for p in pictures], predict))
    assert [outcome.status for outcome in outcomes] == ["ok", "failed", "ok"]
    assert type(error).__name__ in outcomes[1].reason
    assert (outcomes[1].width, outcomes[1].height) == (12, 10)


def test_scoring_in_threads_gives_the_same_in_order(monkeypatch):
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    noise = np.random.default_rng(0).integers(0, 256, (9, 20, 20, 3)).astype("uint8")
    encoded = [png(pixels) for pixels in noise]
    encoded[4] = b"no image"
    readers = [reader(content) for content in encoded]
    expected = list(assess(readers, lambda image: float(image.mean())))
    together = threading.Barrier(2)

    def predict(image):
        together.wait(timeout=20)  # Passed only if two threads score at once.
        return float(image.mean())

    result = list(assess(readers, predict, concurrent=True))
    assert [one.status for one in result] == ["ok"] * 4 + ["undecodable"] + ["ok"] * 4
    for one, other in zip(result, expected, strict=True):
        np.testing.assert_equal(dataclasses.asdict(one), dataclasses.asdict(other))


def test_an_iterator_may_be_closed_by_one_of_its_threads(monkeypatch):
    """The garbage collector does that, while another thread waits for this one."""
    monkeypatch.setattr(module.os, "cpu_count", lambda: 2)
    lock, both, seconds, errors = threading.Lock(), threading.Barrier(2), [], []
    first_is_here = threading.Event()

    def predict(image):
        if len(image) == 9:
            return 1.0
        first_is_here.wait(timeout=20)
        both.wait(timeout=20)
        with lock:
            if not seconds:
                start = time.monotonic()
                try:
                    rows.close()
                except Exception as error:
                    errors.append(error)
                seconds.append(time.monotonic() - start)
        return 1.0

    noise = np.random.default_rng(0).integers(0, 256, (9, 9, 3)).astype("uint8")
    images = [png(noise), *[png(noise[:8])] * 3]
    rows = assess(map(reader, images), predict, concurrent=True, ahead=3)
    assert next(rows).score == 1.0
    first_is_here.set()
    deadline = time.monotonic() + 20
    while not seconds and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not errors
    assert seconds[0] < 5
