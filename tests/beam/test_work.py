"""Shards of a list stay the same whatever else is in the list."""

import hashlib
import json

import pytest

from tfiqa.beam.work import IMAGES
from tfiqa.beam.work import TFRECORD
from tfiqa.beam.work import Work
from tfiqa.beam.work import chunked
from tfiqa.beam.work import digest_of_keys

PATHS = [f"photos/{number:05d}.jpg" for number in range(3_000)]


def names(paths, mean=50, settings="s"):
    return [work.name for work in chunked(paths, mean, settings)]


def test_shards_hold_every_image_once_in_order():
    works = list(chunked(PATHS, 50, "s"))
    assert [key for work in works for key in work.keys] == PATHS
    assert 30 < len(works) < 120
    assert max(len(work.keys) for work in works) <= 200


def test_a_new_image_changes_its_own_shard_only():
    added = sorted([*PATHS, "photos/01500_new.jpg"])
    assert len(set(names(added)) - set(names(PATHS))) <= 2
    assert len(set(names(PATHS)) - set(names(added))) <= 2


def test_names_depend_on_the_settings_and_on_nothing_else():
    assert names(PATHS) == names(PATHS)
    assert not set(names(PATHS)) & set(names(PATHS, settings="other"))


def test_a_name_is_the_digest_of_the_work():
    work = Work("s", TFRECORD, "a.tfrecord", identity="10 20")
    text = json.dumps(
        {
            **{"settings": "s", "kind": "tfrecord", "source": "a.tfrecord"},
            **{"keys": [], "identity": "10 20", "index": 0},
        },
        sort_keys=True,
    )
    assert work.name == hashlib.sha256(text.encode()).hexdigest()[:32]
    assert work.name != Work("s", TFRECORD, "a.tfrecord", identity="10 21").name


@pytest.mark.parametrize(
    "path", ["a b.jpg", "\udcff.jpg", "line\nbreak.png", "東京.png"]
)
def test_any_path_survives_the_plan(path):
    work = Work("s", IMAGES, keys=(path,))
    assert Work.from_json(work.to_json()) == work
    assert "\n" not in work.to_json()


def test_the_digest_of_keys_depends_on_their_order_and_borders():
    found = {digest_of_keys(keys) for keys in (["a", "b"], ["b", "a"], ["ab"], ["a"])}
    assert len(found) == 4


def test_one_image_in_a_shard_is_allowed():
    assert len(list(chunked(PATHS[:7], 1, "s"))) == 7
    assert list(chunked([], 10, "s")) == []
