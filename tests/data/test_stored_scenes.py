"""Scenes of stored versions, against the table of what is stored."""

import dataclasses
import pickle

import numpy as np
import pytest

from tests.support.toy_source import source_of
from tfiqa.data import images
from tfiqa.data.stored_scenes import stored_scenes
from tfiqa.data.stored_versions import StoredVersions
from tfiqa.distortions.unchanged import stored_unchanged

# Reference, type and level of images in a mixed order. Each picture is of one color,
# its number here, so that pixels say which it is.
LADDERS = [("a", "gaussian_blur"), ("b", "jpeg"), ("c", "jpeg"), ("c", "darken")]
TABLE = [(ref, kind, level) for level in range(1, 6) for ref, kind in LADDERS]
PRISTINE = [("a", "", -1), ("b", "", -1), ("d", "", -1)]


def of_table(rows, name="kadis700k/distorted", *, first=0, sizes=None, broken=()):
    """Returns images of the colors `first`, `first + 1`, ..."""
    sizes = sizes or {}
    source = source_of(
        [
            np.full((*sizes.get(number, (20, 24)), 3), first + number, np.uint8)
            for number in range(len(rows))
        ]
    )
    references, types, levels = map(np.array, zip(*rows, strict=True))
    versions = StoredVersions(name.partition("/")[0], types, levels, references)
    opened = images.of_source(dataclasses.replace(source, name=name, versions=versions))
    read = opened.read
    return dataclasses.replace(
        opened, read=lambda seed, i: b"no image" if i in broken else read(seed, i)
    )


DISTORTED = of_table(TABLE)
BOTH = images.joined(
    [DISTORTED, of_table(PRISTINE, "kadis700k/pristine", first=len(TABLE))]
)


def scenes_of(opened, size=3, types="one"):
    return stored_scenes(opened, size=size, types=types, unchanged=stored_unchanged)


def shown(scenes, epoch=0, seed=0):
    """Returns the rows of the tables that each stack of an epoch shows."""
    rows = [*TABLE, *PRISTINE]
    found = []
    for position in range(scenes.count):
        example = scenes.at(seed, epoch, position)
        stack = example["image"].numpy()
        assert stack.shape == (scenes.size, 20, 24, 3)
        colors = stack[:, 0, 0, 0]
        assert (stack == colors[:, None, None, None]).all()
        found.append([rows[color] for color in colors])
    return found


def test_a_scene_is_its_reference_and_levels_of_one_type():
    scenes = scenes_of(BOTH)
    assert scenes.count == 3  # Of "d", nothing is distorted.
    kinds = set()
    for epoch in range(6):
        stacks = shown(scenes, epoch)
        assert sorted(stack[0][0] for stack in stacks) == ["a", "b", "c"]
        for stack in stacks:
            assert len(set(stack)) == 3
            assert len({reference for reference, _, _ in stack}) == 1
            reference = stack[0][0]
            # The reference of "c" is not stored: three versions take its place.
            assert (stack[0][1] == "") == (reference != "c")
            changed = {kind for _, kind, _ in stack} - {""}
            assert len(changed) == 1
            kinds |= {(reference, kind) for kind in changed}
            assert ("a", "gaussian_blur", 1) not in stack  # It equals its reference.
    assert kinds == set(LADDERS)


def test_an_epoch_is_a_function_of_seed_and_number():
    """So is one of the same images in another process."""
    scenes = scenes_of(DISTORTED, size=2)
    assert shown(scenes) == shown(scenes)
    assert shown(scenes) != shown(scenes, epoch=1)
    assert shown(scenes) != shown(scenes, seed=1)
    source = source_of([np.full((20, 24, 3), n, np.uint8) for n in range(len(TABLE))])
    plain = images.of_source(dataclasses.replace(source, versions=DISTORTED.versions))
    scenes = scenes_of(plain)
    (index, stack), (other, copied) = (
        one.fetch(3, 1, 2) for one in (scenes, pickle.loads(pickle.dumps(scenes)))
    )
    assert index == other == 2
    np.testing.assert_array_equal(stack, copied)


def test_versions_of_any_type_are_of_all_types():
    scenes = scenes_of(DISTORTED, size=6, types="any")
    assert scenes.count == 1  # Only "c" has ten versions; the others have at most five.
    kinds = {kind for epoch in range(3) for _, kind, _ in shown(scenes, epoch)[0]}
    assert kinds == {"jpeg", "darken"}


def test_what_cannot_be_used_is_replaced():
    """By other versions of the scene, or by another scene."""
    row = TABLE.index
    broken = row(("b", "jpeg", 2)), row(("b", "jpeg", 4))
    small = row(("b", "jpeg", 1))
    opened = of_table(TABLE, broken=broken, sizes={small: (40, 24)})
    pristine = of_table(PRISTINE, "kadis700k/pristine", first=len(TABLE), broken=[0])
    scenes = scenes_of(images.joined([opened, pristine]))
    for epoch in range(8):
        for stack in shown(scenes, epoch):
            assert stack[0][0] != "a"
            if stack[0][0] == "b":
                expected = {("b", "", -1), ("b", "jpeg", 3), ("b", "jpeg", 5)}
                assert set(stack) == expected
    assert pristine.skipped.keys() == {"picture 0"}
    assert opened.skipped.keys() == {f"picture {n}" for n in (*broken, small)}
    assert "40x24 beside 20x24" in opened.skipped[f"picture {small}"]


@pytest.mark.parametrize(
    ("opened", "options", "message"),
    [
        (DISTORTED, {"size": 6}, "6 stored versions of one type.*kadis700k/distorted"),
        (DISTORTED, {"size": 11, "types": "any"}, "11 stored versions each"),
        (
            images.joined([DISTORTED, of_table(TABLE, "waterloo/distorted")]),
            {},
            "one dataset.*kadis700k/distorted,waterloo/distorted",
        ),
    ],
)
def test_what_has_no_scenes_is_told(opened, options, message):
    with pytest.raises(ValueError, match=message):
        scenes_of(opened, **options)


def test_nothing_readable_is_told():
    scenes = scenes_of(of_table(TABLE, broken=range(len(TABLE))))
    with pytest.raises(ValueError, match="kadis700k/distorted, which has none"):
        scenes.fetch(0, 0, 0)
