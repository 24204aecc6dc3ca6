"""Tests for the drawn pictures."""

import hashlib

import numpy as np
import pytest

from tfiqa.synthetic import backdrops
from tfiqa.synthetic import cel
from tfiqa.synthetic.cel_images import ELEMENTS
from tfiqa.synthetic.colors import Scheme
from tfiqa.synthetic.drawing import Canvas
from tfiqa.synthetic.randomness import Stream


# Six backgrounds of the second series are rays.
@pytest.mark.parametrize(
    ("size", "seed", "indices", "digest"),
    [
        ((48, 64), 9, range(8), "bc031ec38c5bf5cd"),
        (128, 0, (*range(12), 17, 19, 23, 39), "2d15dd51702040e3"),
    ],
)
def test_pictures_are_the_same_on_every_machine(size, seed, indices, digest):
    pictures = np.stack([cel(index, size, seed=seed) for index in indices])
    assert hashlib.sha256(pictures.tobytes()).hexdigest()[:16] == digest


def test_rays_are_those_of_their_angles():
    canvas = Canvas((70, 90))
    canvas.planes[:] = 0.0
    scheme = Scheme(Stream(0, 1))
    backdrops._rays(canvas, Stream(5, 0), scheme)
    numbers = Stream(5, 0)
    x, y, turn = numbers.uniform(3)
    count = 8 + numbers.integers(16, 1)[0]
    dy, dx = np.mgrid[:70, :90] - np.reshape([y * 70, x * 90], (2, 1, 1))
    edge = np.cos(count * np.arctan2(dy, dx) + 2 * np.pi * turn)
    cover = np.clip(np.hypot(dx, dy) / count * edge + 0.5, 0, 1)
    expected = cover * scheme.color(numbers)[:, None, None]
    np.testing.assert_allclose(canvas.planes, expected, atol=0.01)


@pytest.fixture(scope="module")
def complete():
    return [cel(index, 48) for index in range(200)]


@pytest.mark.parametrize("element", ELEMENTS)
def test_element_can_be_switched_and_is_in_most_of_200_pictures(complete, element):
    others = [name for name in ELEMENTS if name != element]
    seen = 0
    for index, picture in enumerate(complete):
        changed = (picture != cel(index, 48, elements=others)).any(axis=-1)
        seen += changed.mean() > 0.002
    assert seen >= 100


def test_nothing_is_drawn_without_elements():
    assert (cel(3, 40, elements=()) == 255).all()


def test_regions_are_flat_without_the_other_elements():
    picture = cel(1, 256, elements=["regions"])
    colours, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    assert len(counts) > 5
    # All but the soft edges is in few colours.
    assert np.sort(counts)[-20:].sum() > 0.9 * counts.sum()
    assert colours.dtype == np.uint8


def test_elements_do_not_disturb_one_another():
    # What the background hides is what is drawn over it, wherever it is drawn.
    with_it = cel(4, 96)
    without = cel(4, 96, elements=[e for e in ELEMENTS if e != "background"])
    drawn = cel(4, 96, elements=["regions"])
    inside = (drawn != 255).any(axis=-1)
    inside[1:-1, 1:-1] &= inside[2:, 1:-1] & inside[:-2, 1:-1]
    inside[1:-1, 1:-1] &= inside[1:-1, 2:] & inside[1:-1, :-2]
    equal = (with_it == without).all(axis=-1)
    assert equal[inside].mean() > 0.97
    assert equal[~inside].mean() < 0.5


@pytest.mark.parametrize("size", [16, (16, 200), (200, 16), (97, 64)])
def test_picture_has_its_size(size):
    expected = (size, size) if isinstance(size, int) else size
    for index in range(10):
        picture = cel(index, size)
        assert picture.shape == (*expected, 3)
        assert picture.dtype == np.uint8
    assert (cel(0, 64) != cel(1, 64)).any()
    assert (cel(0, 64) != cel(0, 64, seed=1)).any()


def test_larger_pictures_show_the_same_scene():
    large = cel(2, 256, elements=["background", "regions"]).astype(float)
    small = cel(2, 128, elements=["background", "regions"]).astype(float)
    halved = large.reshape(128, 2, 128, 2, 3).mean(axis=(1, 3))
    assert np.median(np.abs(halved - small)) < 3


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match=r"background, regions.*'hair'"):
        cel(0, 64, elements=["regions", "hair"])
    for elements in (None, 3, "marks", [["marks"]]):
        with pytest.raises(ValueError, match="Received: elements="):
            cel(0, 64, elements=elements)
    with pytest.raises(ValueError, match="Received: size=15"):
        cel(0, 15)
