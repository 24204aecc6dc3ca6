"""Tests of bilinear pooling against loops over positions and channels."""

import keras
import numpy as np
import pytest
from keras import ops

from tfiqa.layers import BilinearPooling
from tfiqa.layers import SquareRootNorm

RNG = np.random.default_rng(0)


def make_maps(first, second, depths=(3, 2)):
    return [
        RNG.normal(size=(2, *sides, depth)).astype("float32")
        for sides, depth in zip((first, second), depths, strict=True)
    ]


def plain_products(first, second):
    """The mean over positions of all products of two channels."""
    batch, rows, columns, depth = first.shape
    result = np.zeros((batch, depth, second.shape[-1]))
    for i in range(rows):
        for j in range(columns):
            for image in range(batch):
                result[image] += np.outer(first[image, i, j], second[image, i, j])
    return result.reshape(batch, -1) / (rows * columns)


def plain_line(values, count):
    """Linear interpolation between the end points, as with `align_corners`."""
    places = np.linspace(0, len(values) - 1, count)
    return np.interp(places, np.arange(len(values)), values)


def plain_resized(features, rows, columns):
    resized = np.apply_along_axis(plain_line, 1, features, rows)
    return np.apply_along_axis(plain_line, 2, resized, columns)


def plain_subsampled(features, rows, columns):
    """Rounded entries of MATLAB's `linspace`, whose single entry is the last one."""
    for axis, count in ((1, rows), (2, columns)):
        length = features.shape[axis]
        places = np.linspace(1, length, count) if count > 1 else np.array([length])
        indices = np.floor(places + 0.5).astype(int) - 1
        features = features.take(indices, axis)
    return features


SIDES = [((4, 5), (4, 5)), ((3, 4), (4, 5)), ((6, 3), (5, 3)), ((1, 2), (2, 3))]


@pytest.mark.parametrize(("first", "second"), SIDES)
def test_the_second_map_is_resized_to_the_first(first, second):
    maps = make_maps(first, second)
    expected = plain_products(maps[0], plain_resized(maps[1], *first))
    found = BilinearPooling(align="resize")(maps)
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("first", "second"), [*SIDES, ((9, 12), (4, 5))])
def test_the_larger_map_is_subsampled(first, second):
    maps = make_maps(first, second)
    sides = min(first, second, key=np.prod)
    expected = plain_products(*(plain_subsampled(one, *sides) for one in maps))
    np.testing.assert_allclose(BilinearPooling()(maps), expected, atol=1e-6)


@pytest.mark.parametrize("align", ["subsample", "resize"])
def test_sizes_need_not_be_known(align):
    inputs = [keras.Input((None, None, depth)) for depth in (3, 2)]
    layer = BilinearPooling(align)
    model = keras.Model(inputs, layer(inputs))
    assert model.output_shape == (None, 6)
    for sides in SIDES:
        maps = make_maps(*sides)
        np.testing.assert_allclose(model(maps), layer(maps), atol=1e-6)
    assert BilinearPooling.from_config(layer.get_config()).align == align


def test_roots_keep_their_signs_and_vectors_have_length_one():
    vectors = np.array([[4.0, -9.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0]], "float32")
    expected = np.array([2, -3, 0, 1]) / np.sqrt(14)
    found = ops.convert_to_numpy(SquareRootNorm()(vectors))
    np.testing.assert_allclose(found, [expected, np.zeros(4)], atol=1e-6)


def test_a_shift_is_added_before_the_root():
    vectors = np.array([[0.04, 0.0]], "float32")
    expected = np.array([0.05**0.5, 0.01**0.5]) / 0.06**0.5
    found = SquareRootNorm(epsilon=0.01)(vectors)
    np.testing.assert_allclose(found, [expected], atol=1e-6)


@pytest.mark.parametrize("epsilon", [0.0, 1e-8])
def test_training_reaches_what_is_before_the_root(epsilon):
    """Also where an entry is 0, whose root has no finite gradient."""
    inputs = keras.Input((3,))
    dense = keras.layers.Dense(3, use_bias=False, kernel_initializer="identity")
    outputs = keras.layers.Dense(1)(SquareRootNorm(epsilon)(dense(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.1), "mean_squared_error")
    rows = np.array([[1.0, 0.5, 0.0], [2.0, 0.1, 0.0]], "float32")
    model.fit(rows, np.array([[1.0], [2.0]]), verbose=0)
    kernel = dense.get_weights()[0]
    assert np.isfinite(kernel).all()
    assert np.abs(kernel - np.eye(3)).max() > 0


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        (BilinearPooling, {"align": "crop"}, "subsample, resize.*align='crop'"),
        (SquareRootNorm, {"epsilon": -1}, "epsilon=-1"),
    ],
)
def test_rejects(layer, options, message):
    with pytest.raises(ValueError, match=message):
        layer(**options)
