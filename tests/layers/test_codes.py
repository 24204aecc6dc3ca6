"""Tests of the patches of CORNIA and HOSA and of their codes, against plain loops."""

import numpy as np
import pytest
import scipy.io
from keras import ops

from tests.layers.test_aggd import require_double
from tests.layers.test_niqe import textured
from tfiqa.layers import HighOrderCodes
from tfiqa.layers import LocalPatches
from tfiqa.layers import SoftCodes
from tfiqa.pixels import luma


@pytest.fixture(autouse=True)
def double():
    require_double()


def plain_patches(image, corners):
    gray = np.floor(image @ np.array(luma.MATLAB) + 0.5)
    rows = []
    for top, left in corners:
        patch = gray[top : top + 7, left : left + 7].flatten(order="F")
        rows.append((patch - patch.mean()) / np.sqrt(patch.var(ddof=1) + 10))
    return np.array(rows)


def taken(image, count, places):
    layer = LocalPatches(count, places)
    return ops.convert_to_numpy(layer(image[None]))[0]


def test_a_small_image_gives_all_its_patches():
    image = textured(0, 9, 12)
    corners = [(top, left) for top in range(3) for left in range(6)]
    expected = plain_patches(image, corners)
    result = taken(image, 100, "spread")
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_patches_are_spread_over_a_large_one():
    image = textured(1, 40, 30)
    steps = np.floor((np.arange(100) + 0.5) * (34 * 24 / 100)).astype(int)
    expected = plain_patches(image, [divmod(step, 24) for step in steps])
    result = taken(image, 100, "spread")
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_places_in_a_graph_are_those_of_known_sizes():
    """Sides that are no numbers yet, as in a graph for images of any size."""
    for places in ("spread", "grid"):
        layer = LocalPatches(70, places)
        for sides in ((7, 7), (100, 70), (63, 1111), (450, 455)):
            known = ops.convert_to_numpy(layer._corners(*sides))
            unknown = map(ops.convert_to_tensor, np.array(sides, "int32"))
            result = ops.convert_to_numpy(layer._corners(*unknown))
            np.testing.assert_array_equal(result, known)


@pytest.mark.parametrize(("count", "step"), [(10_000, 1), (100, 3)])
def test_patches_on_a_grid(count, step):
    image = textured(2, 40, 30)
    corners = [(t, lft) for t in range(0, 34, step) for lft in range(0, 24, step)]
    result = taken(image, count, "grid")
    np.testing.assert_allclose(result, plain_patches(image, corners), atol=1e-5)


def test_patches_are_whitened():
    image = textured(3, 20, 20)
    layer = LocalPatches()
    layer.build((None, None, None, 3))
    random = np.random.default_rng(0)
    center, whitening = random.normal(size=49), random.normal(size=(49, 49))
    layer.set_weights([center, whitening])
    plain = taken(image, 10_000, "spread")
    result = ops.convert_to_numpy(layer(image[None]))[0]
    np.testing.assert_allclose(result, (plain - center) @ whitening, atol=1e-4)


def test_published_whitening_is_symmetric_with_the_specified_eigenvalue(shared):
    stored = scipy.io.loadmat(shared / "goldens/official/CSIQ_whitening_param.mat")
    whitening = stored["P"]
    np.testing.assert_allclose(whitening, whitening.T, atol=1e-8)
    constant = np.ones(49) / 7
    np.testing.assert_allclose(whitening @ constant, 0.1**-0.5 * constant, rtol=1e-5)


@pytest.mark.parametrize("patches", [3, 200, 450])
def test_soft_codes_are_extremes_over_patches(patches):
    random = np.random.default_rng(4)
    rows, words = random.normal(size=(2, patches, 5)), random.normal(size=(5, 8))
    layer = SoftCodes(8)
    layer.build((None, None, 5))
    layer.set_weights([words])
    z = rows @ words
    expected = np.concatenate([z.max(1), -z.min(1)], axis=1).clip(min=0)
    for portable in (False, True):
        layer.portable = portable
        result = layer(ops.convert_to_tensor(rows.astype("float32")))
        np.testing.assert_allclose(ops.convert_to_numpy(result), expected, atol=1e-5)


def plain_high_order(rows, means, variances, skews, *, fifth_weight):
    """Returns the codes patch by patch and word by word, as the specification says."""
    members = [[] for _ in means]
    for row in rows:
        squares = np.sum((means - row) ** 2, axis=1)
        order = np.argsort(squares)[:5]
        weights = np.exp(-0.05 * squares[order])
        weights /= weights.sum()
        for word, weight in zip(order, weights, strict=True):
            members[word].append((row, weight, weights[-1]))
    codes = np.zeros((3, *means.shape))
    for word, own in enumerate(members):
        if not own:
            continue
        patches = np.array([patch for patch, _, _ in own])
        weights = np.array([weight for _, weight, _ in own])
        weights = (weights / weights.sum())[:, None]
        mean = np.sum(weights * patches, axis=0)
        codes[0, word] = mean - means[word]
        if len(own) == 1 and fifth_weight:
            codes[0, word] *= own[0][2]
        if np.sum(patches.var(axis=0)) <= 1e-8:
            continue
        variance = np.sum(weights * (patches - mean) ** 2, axis=0)
        third = np.sum(weights * (patches - mean) ** 3, axis=0)
        codes[1, word] = variance - variances[word]
        codes[2, word] = third / (variance**1.5 + 1e-4) - skews[word]
    flat = codes.reshape(-1)
    flat = np.sign(flat) * np.abs(flat) ** 0.2
    return flat / np.linalg.norm(flat)


@pytest.mark.parametrize("fifth_weight", [False, True])
@pytest.mark.parametrize("patches", [2, 30])
def test_high_order_codes_are_the_plain_ones(patches, fifth_weight):
    random = np.random.default_rng(5)
    rows = random.normal(size=(2, patches, 4))
    weights = [random.normal(size=(12, 4)) for _ in range(3)]
    layer = HighOrderCodes(12, fifth_weight, dtype="float64")
    layer.build((None, None, 4))
    layer.set_weights(weights)
    result = ops.convert_to_numpy(layer(ops.convert_to_tensor(rows)))
    for row, code in zip(rows, result, strict=True):
        expected = plain_high_order(row, *weights, fifth_weight=fifth_weight)
        np.testing.assert_allclose(code, expected, atol=2e-5)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: LocalPatches(0), "count=0"),
        (lambda: LocalPatches(9, "random"), "places='random'"),
        (lambda: SoftCodes(0), "count=0"),
        (lambda: HighOrderCodes(4), "words=4"),
    ],
)
def test_wrong_settings_are_named(make, named):
    with pytest.raises(ValueError, match=named):
        make()
