"""Tests of the set of paths, against Python's own sets."""

import numpy as np

from tfiqa.files.path_set import PathSet
from tfiqa.files.path_set import _holds


def test_holds_what_was_added():
    rng = np.random.default_rng(0)
    paths = [f"album/{number}.jpg" for number in rng.integers(0, 3000, 6000)]
    paths += ["\udcff.png", "\ud800", "日本", "a\0b", ""]
    added, expected = PathSet(), set()
    for path in paths:
        assert (path in added) == (path in expected)
        assert added.add(path) == (path not in expected)
        expected.add(path)
        assert len(added) == len(expected)
    assert all(path in added for path in expected)
    assert "album/3000.jpg" not in added


def test_a_digest_across_two_others_is_not_held():
    digests = bytearray(b"0123456789ABCDEFGHIJ56789ABCDE")
    assert _holds(digests, b"ABCDEFGHIJ")
    assert _holds(digests, b"56789ABCDE")
    assert not _holds(digests, b"3456789ABC")
    assert not _holds(bytearray(), b"0123456789")
