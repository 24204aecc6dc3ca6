"""Tests for which leaf is seen."""

import itertools

import numpy as np
import pytest

from tfiqa.synthetic import leaves
from tfiqa.synthetic import occlusion
from tfiqa.synthetic.randomness import Stream


def drawn_blocks(shapes, size, *, index=0, radii=(0.03, 1.0)):
    return leaves.blocks(
        Stream(0, index), size, shapes=shapes, radii=radii, radius_law="inverse"
    )


def painted(blocks, size):
    """Paints all leaves over the whole canvas, one after another, from the back."""
    parts = [vars(block) for block in blocks]
    joined = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
    rows, columns = np.indices(size)
    canvas = np.full(size, -1)
    for i in reversed(range(len(joined["x"]))):
        dx, dy = columns - joined["x"][i], rows - joined["y"][i]
        inside = np.hypot(dx, dy) <= joined["radius"][i]
        if joined["polygon"][i]:
            for k in range(4):
                across = dx * joined["normal_x"][i, k] + dy * joined["normal_y"][i, k]
                inside &= across <= joined["offset"][i, k]
        canvas[inside] = i
    return canvas


@pytest.mark.parametrize("shapes", leaves.SHAPES)
@pytest.mark.parametrize("size", [(40, 56), (64, 16)])
def test_agrees_with_painting_from_the_back(shapes, size):
    fast = occlusion.visible_leaves(size, drawn_blocks(shapes, size, index=3))
    slow = painted(itertools.islice(drawn_blocks(shapes, size, index=3), 14), size)
    assert slow.min() >= 0
    np.testing.assert_array_equal(fast, slow)


def test_nearer_leaves_hide_farther_ones():
    near_and_far = leaves.Leaves(
        x=np.array([10.0, 12.0, 8.0]),
        y=np.array([10.0, 10.0, 8.0]),
        radius=np.array([3.0, 5.0, 40.0]),
        polygon=np.zeros(3, bool),
        normal_x=np.ones((3, 4)),
        normal_y=np.zeros((3, 4)),
        offset=np.zeros((3, 4)),
    )
    seen = occlusion.visible_leaves((20, 24), [near_and_far])
    assert seen[10, 10] == 0
    assert seen[10, [13, 14, 17]].tolist() == [0, 1, 1]
    assert seen[10, [7, 6, 18]].tolist() == [0, 2, 2]
    assert (seen == 0).sum() == 29  # Lattice points in a disc of radius 3.


def test_takes_no_more_leaves_than_needed():
    taken = 0

    def counted():
        nonlocal taken
        for block in drawn_blocks("discs", (32, 32), radii=(0.9, 1.0)):
            taken += 1
            yield block

    occlusion.visible_leaves((32, 32), counted())
    assert taken == 1
