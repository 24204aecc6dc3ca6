"""Bursts: who belongs together, and which image is best."""

import datetime
import itertools

import numpy as np
import pytest
from PIL import Image

from tfiqa.decisions.bursts import BITS
from tfiqa.decisions.bursts import SECONDS
from tfiqa.decisions.bursts import bursts_of
from tfiqa.decisions.bursts import choices
from tfiqa.decisions.bursts import difference
from tfiqa.decisions.bursts import grouped
from tfiqa.decisions.capture import Capture
from tfiqa.decisions.capture import captures_of

START = datetime.datetime(2026, 5, 1, 12, 30, 59)


def scene(seed, shift=0):
    """Returns smooth blobs, moved by some pixels."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return coarse.resize((128, 96)).crop((shift, shift, 108 + shift, 80 + shift))


def photograph(path, image, seconds=None, camera="Camera", fraction=None):
    exif = Image.Exif()
    exif[0x010F] = camera
    if seconds is not None:
        taken = START + datetime.timedelta(seconds=seconds)
        exif.get_ifd(0x8769)[0x9003] = taken.strftime("%Y:%m:%d %H:%M:%S")
    if fraction is not None:
        exif.get_ifd(0x8769)[0x9291] = fraction
    image.save(path, exif=exif)


def row(path, score, width=5.0):
    low, high = max(score - width, 0.0), min(score + width, 100.0)
    return {"path": str(path), "score": score, "low": low, "high": high}


def test_bursts_of_files(tmp_path):
    """Close in time, of one camera and alike; or alike and next to each other."""
    shots = [
        ("a", scene(0), 0, "one", "90"),
        ("b", scene(0, 1), 1, "one", "10"),  # 0.2 seconds later, in the next minute.
        ("c", scene(1), 2, "one", None),  # Another scene.
        ("d", scene(0, 2), 2, "two", None),  # Another camera.
        ("e", scene(0), 60, "one", None),  # Much later.
        ("f", scene(2), None, "one", None),  # Without a time, like the next one.
        ("g", scene(2, 1), None, "one", None),
        ("h", scene(3), None, "one", None),
    ]
    for name, image, *facts in shots:
        photograph(tmp_path / f"{name}.jpg", image, *facts)
    (tmp_path / "broken.jpg").write_bytes(b"no image")
    names = ["e", "b", "a", "c", "d", "f", "g", "h", "broken", "absent"]
    captures = captures_of([str(tmp_path / f"{n}.jpg") for n in names], seconds=SECONDS)
    bursts = [[names[index] for index in one] for one in bursts_of(captures)]
    alone = [["c"], ["d"], ["f", "g"], ["h"], ["broken"], ["absent"]]
    assert bursts == [["e"], ["b", "a"], *alone]
    assert captures[4].hash is None  # No neighbor in time: it was not decoded.
    assert captures[1].time - captures[2].time == pytest.approx(0.2)


def test_bursts_are_chains_of_neighbors():
    """Compared with all pairs, joined as long as any two groups can be joined."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        captures = [
            Capture(index, time=float(time), hash=int(bits))
            for index, (time, bits) in enumerate(
                zip(
                    rng.permutation(40)[:12],
                    rng.choice([0, 2**BITS - 1, 2**60 - 1], 12),
                    strict=False,
                )
            )
        ]
        order = sorted(captures, key=lambda one: one.time)
        expected = []
        for before, one in zip([None, *order], order, strict=False):
            joined = before is not None and one.time - before.time <= SECONDS
            joined = joined and (before.hash ^ one.hash).bit_count() <= BITS
            if not joined:
                expected.append(set())
            expected[-1].add(one.index)
        result = bursts_of(captures)
        assert sorted(map(sorted, expected)) == sorted(result)
        assert [group[0] for group in result] == sorted(group[0] for group in result)
        assert sorted(itertools.chain(*result)) == list(range(12))


def test_the_interval_of_a_difference_covers_as_often_as_its_parts():
    """Independent normal errors, and errors of a scene, which have a common part."""
    rng = np.random.default_rng(0)
    first, second = row("a", 60.0, 8.0), row("b", 55.0, 14.0)
    low, high = difference(first, second)
    assert (low + high) / 2 == pytest.approx(5)
    ninety = 1.6449  # Quantile of the normal distribution.
    spread = np.array([8.0, 14.0]) / ninety
    for correlation, least in ((0.0, 0.895), (0.6, 0.97)):
        common = rng.normal(size=(100_000, 1)) * np.sqrt(correlation)
        own = rng.normal(size=(100_000, 2)) * np.sqrt(1 - correlation)
        errors = (common + own) * spread
        actual = 5 + errors[:, 0] - errors[:, 1]
        covered = np.mean((low <= actual) & (actual <= high))
        assert least <= covered <= (0.905 if not correlation else 1)


def test_an_end_that_is_cut_off_does_not_narrow_the_difference():
    assert difference(row("a", 97.0, 10.0), row("b", 50.0, 0.0)) == (37.0, 57.0)
    assert difference(row("a", 3.0, 10.0), row("b", 50.0, 0.0)) == (-57.0, -37.0)


def test_choices():
    rows = [row("a", 40.0), row("b", 60.0), row("c", 54.0), row("d", 52.0)]
    missing = {"path": "e", "score": None, "low": None, "high": None}
    assert choices([*rows, missing]) == ["", "best", "tie", "", ""]
    assert choices([missing]) == [""]
    assert choices([rows[0]]) == ["best"]
    assert choices([rows[0], rows[0]]) == ["best", "tie"]


def test_rows_come_by_burst_with_the_best_first():
    captures = [Capture(n, time=float(t), hash=0) for n, t in enumerate([50, 0, 51, 1])]
    rows = [row("a", 0.0), row("b", 70.0), row("c", 2.0), row("d", 71.0)]
    result = list(grouped(rows, captures))
    assert [(r["path"], r["group"], r["choice"]) for r in result] == [
        *(("c", 1, "best"), ("a", 1, "tie")),
        *(("d", 2, "best"), ("b", 2, "tie")),
    ]
