"""What counts as published, and what is missing."""

import dataclasses

import pytest

from tfiqa.beam.manifests import Manifest
from tfiqa.beam.manifests import chosen
from tfiqa.beam.manifests import faults

ONE = Manifest("w1", "two images", "w1-a.csv", 2, {"ok": 2}, 90, "abc", "keys")


def changed(**fields):
    return dataclasses.replace(ONE, **fields)


def test_a_manifest_is_read_back():
    assert Manifest.decoded(ONE.encoded()) == ONE


def test_half_a_manifest_is_none():
    content = ONE.encoded()
    for length in range(len(content) - 1):
        assert Manifest.decoded(content[:length]) is None


def test_an_altered_manifest_is_none():
    assert Manifest.decoded(ONE.encoded().replace(b'"rows": 2', b'"rows": 3')) is None
    assert Manifest.decoded(b"[]") is None


def test_of_a_duplicated_bundle_one_manifest_counts():
    known = {"b.json": changed(file="w1-b.csv"), "a.json": ONE}
    sizes = {"w1-a.csv": 90, "w1-b.csv": 90}
    assert chosen(known, sizes) == {"w1": "a.json"}


@pytest.mark.parametrize("sizes", [{}, {"w1-a.csv": 89}])
def test_a_manifest_without_its_file_does_not_count(sizes):
    assert chosen({"a.json": ONE}, sizes) == {}


def test_a_complete_manifest_counts_more_than_one_with_a_reason():
    torn = changed(file="", rows=0, statuses={}, size=0, reason="it was locked")
    known = {"a.json": torn, "b.json": ONE}
    assert chosen(known, {"w1-a.csv": 90}) == {"w1": "b.json"}
    assert chosen(known, {}) == {"w1": "a.json"}


def test_nothing_is_wrong_if_every_shard_is_published_once():
    assert faults({"w1": 2}, {"w1": ONE}, {"w1": "keys"}) == []
    assert faults({"w1": None}, {"w1": ONE}, {}) == []


@pytest.mark.parametrize(
    ("planned", "published", "digests", "expected"),
    [
        ({"w1": 2, "w2": 1}, {"w1": ONE}, {}, "shard w2 is not published"),
        ({"w1": 3}, {"w1": ONE}, {}, "two images: 2 rows, not 3"),
        ({"w1": 2}, {"w1": ONE}, {"w1": "x"}, "two images: its rows are of other"),
        ({"w1": 2}, {"w1": changed(reason="torn")}, {}, "two images: torn"),
        ({"w1": 2}, {"w1": changed(statuses={"ok": 1})}, {}, "do not add up"),
        (
            {"w1": 2, "w2": 2},
            {"w1": ONE, "w2": changed(work="w2")},
            {},
            "w1-a.csv holds the rows of two shards",
        ),
    ],
)
def test_whatever_is_not_published_exactly_once_is_found(
    planned, published, digests, expected
):
    found = faults(planned, published, digests)
    assert len(found) == 1
    assert expected in found[0]
