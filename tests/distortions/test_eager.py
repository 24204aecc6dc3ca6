"""Tests of what is computed operation by operation first and as a graph later."""

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort
from tfiqa.distortions import eager
from tfiqa.distortions.compiled import PIXELS
from tfiqa.distortions.pixel_hash import pixel_hash


@pytest.mark.parametrize("name", DISTORTIONS)
def test_the_graph_gives_the_same_bits(make_image, name):
    images = np.stack([make_image(60, 52, seed=seed) for seed in range(2)])
    eager._runner.cache_clear()  # The first call is then no graph.
    first = distort(images, name, 3, (5, 6)).numpy()
    np.testing.assert_array_equal(distort(images, name, 3, (5, 6)), first)


def test_seeds_of_both_kinds_and_other_sizes_follow_each_other(make_image):
    seeds = np.array([[1, 2], [3, 4]], "int32")
    for sides in [(40, 52), (61, 47), (40, 52)]:
        images = np.stack([make_image(*sides, seed=seed) for seed in range(2)])
        apart = [
            distort(images[row : row + 1], "white_noise", 2, seeds[row : row + 1])
            for row in range(2)
        ]
        together = distort(images, "white_noise", 2, seeds)
        np.testing.assert_array_equal(together, tf.concat(apart, axis=0))
        shared = distort(images, "white_noise", 2, (1, 2))
        assert np.any(shared.numpy() != together.numpy())


@pytest.mark.parametrize("shape", [(1, 4, 5, 3), (2, 200, 120, 3)])
def test_hashes_are_sums_over_all_pixels(shape):
    images = np.random.default_rng(0).uniform(0, 255, shape).astype("float32")
    size = images[0].size
    assert (size > PIXELS) == (shape[0] == 2)
    with np.errstate(over="ignore"):
        factors = np.arange(size, dtype="int32") * np.int32(747796405) + np.int32(1)
        mixed = (images.view("int32").reshape(-1, size) ^ factors) * np.int32(277803737)
        mixed ^= mixed >> 15
        expected = [mixed.sum(1, "int32"), (mixed * factors).sum(1, "int32")]
    np.testing.assert_array_equal(
        pixel_hash(tf.constant(images)), np.stack(expected, 1)
    )
