"""Tests for the textured leaves."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from tfiqa.synthetic import dead_leaves
from tfiqa.synthetic import textured_leaves
from tfiqa.synthetic import textured_leaves_model
from tfiqa.synthetic import textures

SIZE = (64, 96)


@pytest.mark.parametrize(
    ("options", "digest"),
    [
        ({}, "84bedaf69284211b"),
        ({"shapes": "mixed", "aligned": True, "lighting": False}, "56ea2c758cea3498"),
    ],
)
def test_pictures_are_the_same_on_every_machine(options, digest):
    pictures = [textured_leaves(i, SIZE, seed=9, **options) for i in range(8)]
    assert hashlib.sha256(np.stack(pictures).tobytes()).hexdigest()[:16] == digest


@pytest.fixture
def flat_folder(tmp_path):
    """Twenty textures of one colour each."""
    for number in range(20):
        colour = (12 * number, 255 - 12 * number, 99)
        Image.new("RGB", (40, 40), colour).save(tmp_path / f"{number:02d}.png")
    return tmp_path


def same_neighbours(picture):
    return (picture[:, 1:] == picture[:, :-1]).all(axis=-1)


def test_leaves_are_those_of_dead_leaves(flat_folder):
    plain = dead_leaves(2, SIZE, seed=1)
    textured = textured_leaves(2, SIZE, seed=1, textures=flat_folder, lighting=False)
    # Within a leaf colours are equal; between two they may be, by chance.
    assert same_neighbours(textured)[same_neighbours(plain)].all()
    assert (~same_neighbours(textured)).sum() > 0.8 * (~same_neighbours(plain)).sum()


def test_every_leaf_has_one_texture_also_where_it_is_split(flat_folder):
    plain = dead_leaves(5, SIZE)
    textured = textured_leaves(5, SIZE, textures=flat_folder, lighting=False)
    _, leaf = np.unique(plain.reshape(-1, 3), axis=0, return_inverse=True)
    for number in range(leaf.max() + 1):
        colours = np.unique(textured.reshape(-1, 3)[leaf == number], axis=0)
        assert len(colours) == 1


def test_aligned_textures_lie_where_the_picture_does():
    aligned = textured_leaves(1, SIZE, aligned=True, lighting=False)
    pool = textures.pool(128, 0)[:, :64, :96, :3]
    assert (pool == aligned).all(axis=-1).any(axis=0).all()
    shifted = textured_leaves(1, SIZE, lighting=False)
    assert (pool == shifted).all(axis=-1).any(axis=0).mean() < 0.5


def test_light_changes_leaves_smoothly(flat_folder):
    plain = textured_leaves(0, SIZE, textures=flat_folder, lighting=False)
    lit = textured_leaves(0, SIZE, textures=flat_folder).astype(float)
    inside = same_neighbours(plain)
    steps = np.abs(np.diff(lit, axis=1))[inside]
    assert 0 < steps.mean() < 2
    assert np.abs(lit - plain).mean() > 10


def test_picture_depends_on_its_arguments_alone():
    first = textured_leaves(4, 32, seed=1)
    textured_leaves(5, 32, seed=1)
    textures.pool.cache_clear()
    np.testing.assert_array_equal(textured_leaves(4, 32, seed=1), first)
    assert (textured_leaves(5, 32, seed=1) != first).any()
    assert (textured_leaves(4, 32, seed=2) != first).any()


@pytest.mark.parametrize("size", [16, (16, 70), (70, 16)])
@pytest.mark.parametrize("options", [{}, {"aligned": True, "shapes": "mixed"}])
def test_picture_has_its_size(size, options):
    picture = textured_leaves(0, size, **options)
    assert picture.shape == (*((size, size) if isinstance(size, int) else size), 3)
    assert picture.dtype == np.uint8


def test_bad_arguments_are_named(tmp_path):
    with pytest.raises(ValueError, match="Received: size=8"):
        textured_leaves(0, 8)
    with pytest.raises(ValueError, match="Received: radii"):
        textured_leaves(0, 32, radii=(0.5, 0.1))
    with pytest.raises(ValueError, match="Received: textures="):
        textured_leaves(0, 32, textures=tmp_path)


def test_many_textures_are_told_apart(tmp_path):
    # More than 2**31 pixels, of which a sparse file holds the last texture alone.
    shape = (8_200, 512, 512, 4)
    pool = np.memmap(tmp_path / "pool", np.uint8, "w+", shape=shape)
    pool[-1] = 7

    class Last:
        def integers(self, below, *shape):
            return np.full(shape, below - 1)

    leaves = np.zeros((16, 16), np.int32)
    picture = textured_leaves_model._textured(Last(), leaves, pool, aligned=True)
    assert (picture == 7).all()
