"""Tests of squares that are written one after another."""

import numpy as np
import tensorflow as tf

from tfiqa.distortions.patches import copy_patches
from tfiqa.distortions.patches import paint_squares

SIDE = 5


def random_case(count):
    rng = np.random.default_rng(count)
    planes = rng.uniform(size=(2, 3, 30, 26)).astype("float32")
    corners = rng.integers(0, 21, (2, count, 2)).astype("int32")
    targets = rng.integers(0, 21, (2, count, 2)).astype("int32")
    return planes, corners, targets


def test_patches_equal_a_loop():
    planes, corners, targets = random_case(40)
    copied = copy_patches(
        tf.constant(planes), tf.constant(corners), tf.constant(targets), SIDE
    )
    for image, rows in zip(planes, zip(corners, targets, strict=True), strict=True):
        for (top, left), (row, column) in zip(*rows, strict=True):
            patch = image[:, top : top + SIDE, left : left + SIDE].copy()
            image[:, row : row + SIDE, column : column + SIDE] = patch
    np.testing.assert_array_equal(copied, planes)


def test_squares_equal_a_loop():
    planes, corners, _ = random_case(12)
    colors = np.random.default_rng(0).uniform(size=(2, 12, 3)).astype("float32")
    painted = paint_squares(
        tf.constant(planes), tf.constant(corners), tf.constant(colors), SIDE
    )
    for image, positions, paints in zip(planes, corners, colors, strict=True):
        for (row, column), color in zip(positions, paints, strict=True):
            image[:, row : row + SIDE, column : column + SIDE] = color[:, None, None]
    np.testing.assert_array_equal(painted, planes)
