"""Tests of what every distortion promises, for every distortion."""

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort

SEEDS = np.array([[3, 4], [5, 6]], "int32")
COMPILED = [name for name, row in DISTORTIONS.items() if row.tensors]

every = pytest.mark.parametrize("name", DISTORTIONS)


@pytest.fixture(scope="module")
def images(make_image):
    return np.stack([make_image(60, 52, seed=seed) for seed in range(2)])


def test_the_bank_has_the_types_and_groups_of_kadid():
    numbers = [row.number for row in DISTORTIONS.values()]
    assert numbers == list(range(1, 26))
    groups = [row.group for row in DISTORTIONS.values()]
    sizes = {group: groups.count(group) for group in groups}
    assert list(sizes.items()) == [
        ("blur", 3),
        ("color", 5),
        ("compression", 2),
        ("noise", 5),
        ("brightness", 3),
        ("spatial", 5),
        ("contrast", 2),
    ]
    labels = [row.label(level) for row in DISTORTIONS.values() for level in range(1, 6)]
    assert labels == list(range(125))


@every
def test_keeps_shape_dtype_and_range(images, name):
    for level in range(1, 6):
        distorted = distort(images, name, level, SEEDS)
        assert distorted.shape == images.shape
        assert distorted.dtype == tf.float32
        np.testing.assert_allclose(np.min(distorted, (1, 2, 3)), 0, atol=1e-3)
        np.testing.assert_allclose(np.max(distorted, (1, 2, 3)), 255, atol=1e-3)
        plain = distort(images, name, level, SEEDS, stretch=False).numpy()
        assert plain.min() >= 0
        assert plain.max() <= 255


@every
def test_the_seed_matters_where_the_type_is_random(images, name):
    first = distort(images, name, 4, SEEDS).numpy()
    np.testing.assert_array_equal(distort(images, name, 4, SEEDS), first)
    other = distort(images, name, 4, SEEDS + 7).numpy()
    for row in range(2):
        changed = np.any(first[row] != other[row])
        assert changed == DISTORTIONS[name].random


@every
def test_an_image_does_not_depend_on_its_batch(images, name):
    together = distort(images, name, 3, SEEDS)
    for row in range(2):
        part = slice(row, row + 1)
        alone = distort(images[part], name, 3, SEEDS[part])
        # Sums of matrix products may round differently; one part in 1e6.
        np.testing.assert_allclose(alone[0], together[row], atol=2e-3)


@every
def test_tf_data_gives_the_same(images, name):
    dataset = tf.data.Dataset.from_tensors((images, SEEDS))
    mapped = dataset.map(lambda image, seed: distort(image, name, 3, seed))
    expected = distort(images, name, 3, SEEDS)
    np.testing.assert_allclose(mapped.get_single_element(), expected, atol=2e-3)


@every
def test_unknown_sizes_give_the_same(images, name):
    shape = tf.TensorSpec((None, None, None, 3), tf.uint8)
    run = tf.function(
        lambda image: distort(image, name, 2, (1, 2)), input_signature=[shape]
    )
    expected = distort(images, name, 2, (1, 2))
    np.testing.assert_allclose(run(images), expected, atol=2e-3)


@pytest.mark.parametrize("name", COMPILED)
def test_xla_gives_the_same(images, name):
    compiled = tf.function(
        lambda image, seed: distort(image, name, 3, seed), jit_compile=True
    )
    expected = distort(images, name, 3, SEEDS)
    # Steps of brightness may fall on either side of a rounding tie.
    error = np.abs(compiled(images, SEEDS) - expected)
    assert np.mean(error > 0.02) <= 1e-3


@every
def test_severity_rises_with_the_level(make_image, name):
    if not DISTORTIONS[name].ordered:
        pytest.skip("its strength changes sign")
    # With much grain the error of displaced pixels has its ceiling at level 1. At
    # this size, what pixelate displaces as it rounds sizes rises with the level.
    images = [make_image(116, 109, seed=seed, grain=0.5) for seed in range(8)]
    images = np.stack(images)
    pristine = distort(images, "mean_shift", 3, (1, 2))
    levels = [distort(images, name, level, (1, 2)) for level in range(1, 6)]
    scores = [float(np.mean(np.square(level - pristine))) for level in levels]
    if name == "color_block":  # Its colors and positions differ between levels.
        scores = scores[::2]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]


@every
@pytest.mark.parametrize("sides", [(0, 0), (0, 31), (23, 5)])
def test_works_from_the_smallest_size_up(make_image, name, sides):
    smallest = DISTORTIONS[name].min_side
    image = make_image(smallest + sides[0], smallest + sides[1])[None]
    for level in (1, 5):
        distorted = distort(image, name, level, SEEDS[:1])
        assert np.all(np.isfinite(distorted))
        assert distorted.shape == image.shape
    with pytest.raises(ValueError, match=f"at least {smallest} .* for '{name}'"):
        distort(image[:, : smallest - 1], name, 1, SEEDS[:1])


@pytest.mark.slow
@every
def test_works_on_large_images(make_image, name):
    distorted = distort(make_image(1536, 2048)[None], name, 4, SEEDS[:1])
    assert np.all(np.isfinite(distorted))


@every
@pytest.mark.parametrize("value", [0, 93, 255])
def test_constant_images_stay_as_they_are(name, value):
    image = np.full((1, 50, 48, 3), value, "uint8")
    for stretch in (True, False):
        distorted = distort(image, name, 4, SEEDS[:1], stretch=stretch)
        np.testing.assert_array_equal(distorted, image)


@every
def test_gray_images_stay_finite(images, name):
    gray = np.repeat(images[:, :, :, :1], 3, axis=3)
    for level in (1, 5):
        assert np.all(np.isfinite(distort(gray, name, level, SEEDS)))


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("gaussian_blur", 1),
        ("motion_blur", 1),
        ("saturation_lab", 1),
        ("mean_shift", 3),
    ],
)
def test_some_levels_change_nothing(images, name, level):
    span = np.ptp(images.astype("float32"), axis=(1, 2, 3), keepdims=True)
    low = images.min(axis=(1, 2, 3), keepdims=True)
    stretched = (images - low) / span * 255
    same = distort(images, name, level, SEEDS)
    np.testing.assert_allclose(same, stretched, atol=5e-3)
