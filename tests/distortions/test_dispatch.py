"""Tests of mixed batches, seeds and bad input."""

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.distortions import distort

SEEDS = np.array([[1, 2], [3, 4], [5, 6]], "int32")


@pytest.fixture
def batch(make_image):
    return np.stack([make_image(60, 52, seed=seed) for seed in range(3)])


def test_mixed_batches_equal_single_images(batch):
    mixed = distort(batch, ["jpeg", "white_noise", "jpeg"], [5, 2, 1], SEEDS)
    for row, (name, level) in enumerate([("jpeg", 5), ("white_noise", 2), ("jpeg", 1)]):
        alone = distort(batch[row : row + 1], name, level, SEEDS[row : row + 1])
        np.testing.assert_allclose(mixed[row], alone[0], atol=1e-3)


def test_names_and_numbers_mean_the_same(batch):
    by_name = distort(batch, "gaussian_blur", 3, (0, 0))
    np.testing.assert_array_equal(distort(batch, 1, 3, (0, 0)), by_name)
    np.testing.assert_array_equal(distort(batch, [1, 1, 1], [3] * 3, (0, 0)), by_name)
    types = tf.constant(["gaussian_blur"] * 3)
    np.testing.assert_array_equal(distort(batch, types, 3, (0, 0)), by_name)


def test_types_of_a_graph_equal_known_types(batch):
    types, levels = [1, 6, 10, 11, 19, 23], [5, 2, 3, 2, 1, 4]
    seeds = np.arange(12, dtype="int32").reshape(6, 2)
    choices = tf.data.Dataset.from_tensor_slices((types, levels, seeds))

    def distort_first(number, level, seed):
        return distort(batch[:1], number, level, seed[None])[0]

    known = distort(batch[:1].repeat(6, 0), types, levels, seeds)
    for row, distorted in enumerate(choices.map(distort_first)):
        np.testing.assert_allclose(distorted, known[row], atol=2e-3)
    for distorted in choices.batch(6).map(
        lambda *choice: distort(batch[:1].repeat(6, 0), *choice)
    ):
        np.testing.assert_allclose(distorted, known, atol=2e-3)


def test_a_shared_seed_ignores_the_place_in_the_batch(batch):
    forth = distort(batch, "white_noise", 3, (7, 8)).numpy()
    back = distort(batch[::-1], "white_noise", 3, (7, 8)).numpy()
    np.testing.assert_array_equal(forth, back[::-1])
    noises = forth - distort(batch, "gaussian_blur", 1, (0, 0)).numpy()
    assert abs(np.corrcoef(noises[0].ravel(), noises[1].ravel())[0, 1]) < 0.1
    mirrored = distort(batch[:, ::-1], "white_noise", 3, (7, 8)).numpy()[:, ::-1]
    assert np.mean(np.abs(mirrored - forth)) > 5


def test_types_and_levels_draw_independently(batch):
    gentle = distort(batch[:1], "white_noise", 1, SEEDS[:1], stretch=False)
    severe = distort(batch[:1], "white_noise", 5, SEEDS[:1], stretch=False)
    noises = [np.ravel(noisy - batch[:1]) for noisy in (gentle, severe)]
    assert abs(np.corrcoef(*noises)[0, 1]) < 0.05


def test_bad_choices_are_named(batch):
    with pytest.raises(ValueError, match=r"types=\['fog'\]"):
        distort(batch, ["fog", "jpeg", "jpeg"], 1, (0, 0))
    with pytest.raises(ValueError, match=r"1 'gaussian_blur'.*types=\[26\]"):
        distort(batch, 26, 1, (0, 0))
    with pytest.raises(ValueError, match="levels=0"):
        distort(batch, 1, 0, (0, 0))
    with pytest.raises(ValueError, match="batch=3"):
        distort(batch, [1, 10], 1, (0, 0))


def test_bad_choices_of_a_graph_fail_when_it_runs(batch):
    choose = tf.function(lambda *choice: distort(batch, *choice, (0, 0)))
    for choice, message in [
        ((0, 1), "types="),
        ((26, 1), "types="),
        ((1, 6), "levels"),
    ]:
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            choose(*map(tf.constant, choice))


@pytest.mark.parametrize(
    "seed", [np.zeros(3, "int32"), np.zeros((3, 3), "int32"), np.int32(3)]
)
def test_bad_seeds_are_named(batch, seed):
    with pytest.raises(ValueError, match="`seed`"):
        distort(batch, 11, 1, seed)


@pytest.mark.parametrize("shape", [(32, 32, 3), (1, 32, 32, 1), (1, 32, 32, 4)])
def test_bad_shapes_are_named(shape):
    with pytest.raises(ValueError, match=f"shape={shape}".replace("(", r"\(")[:-1]):
        distort(np.zeros(shape, "float32"), 1, 1, (0, 0))


def test_small_images_are_named():
    with pytest.raises(ValueError, match=r"at least 16.*height=15, width=40"):
        distort(np.zeros((1, 15, 40, 3)), 1, 1, (0, 0))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_not_finite_are_refused(value):
    images = np.zeros((1, 32, 32, 3))
    images[0, 3, 3, 1] = value
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be finite"):
        distort(images, 1, 1, (0, 0))


def test_empty_batches_come_back_empty():
    nothing = np.zeros((0, 60, 52, 3), "uint8")
    for number in range(1, 26):
        assert distort(nothing, number, 3, (0, 0)).shape == nothing.shape
    assert distort(nothing, [], [], np.zeros((0, 2), "int32")).shape == nothing.shape
    run = tf.function(
        lambda images: distort(images, 6, 3, (0, 0)),
        input_signature=[tf.TensorSpec((None, 60, 52, 3), tf.uint8)],
    )
    assert run(nothing).shape == nothing.shape


@pytest.mark.parametrize("images", [[["a"]], None, np.zeros((1, 32, 32, 3), complex)])
def test_images_without_real_numbers_are_named(images):
    with pytest.raises(ValueError, match=r"`images` of real numbers.*dtype="):
        distort(images, 1, 1, (0, 0))


@pytest.mark.parametrize(
    "seed", [None, ("a", "b"), (0.5, 0.7), (2**40, 0), tf.constant([0.0, 1.0])]
)
def test_seeds_that_are_no_int32_are_named(batch, seed):
    with pytest.raises(ValueError, match="`seed` of int32 is expected"):
        distort(batch, 11, 1, seed)


def test_seeds_may_be_of_tensors(batch):
    expected = distort(batch, 11, 1, (3, 4))
    for seed in [(tf.constant(3), 4), tf.constant([3, 4], tf.int64)]:
        np.testing.assert_array_equal(distort(batch, 11, 1, seed), expected)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_each_image_needs_a_seed_of_its_own(batch, count):
    seeds = np.zeros((count, 2), "int32")
    for number in (1, 11):
        with pytest.raises(ValueError, match=rf"shape=\({count}, 2\), batch=3"):
            distort(batch, number, 1, seeds)
    run = tf.function(
        lambda images, seed: distort(images, 11, 1, seed),
        input_signature=[
            tf.TensorSpec((None, 60, 52, 3), tf.uint8),
            tf.TensorSpec((None, 2), tf.int32),
        ],
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="`seed` of the shape"):
        run(batch, seeds)


@pytest.mark.parametrize(
    ("types", "levels"),
    [
        ([1, 2, 3], [1, 2]),
        ([1, 2], 1),
        (1, [1, 2, 3, 4]),
        ([1], [1, 2, 3]),
        ([[1], [2], [3]], 1),
        ([[1, 2, 3]], 1),
    ],
)
def test_choices_are_one_or_one_for_each_image(batch, types, levels):
    with pytest.raises(ValueError, match=r"one entry for each image.*batch=3"):
        distort(batch, types, levels, (0, 0))


def test_a_graph_counts_its_images_when_it_runs(batch):
    run = tf.function(
        lambda images: distort(images, [1, 10], 1, (0, 0)),
        input_signature=[tf.TensorSpec((None, 60, 52, 3), tf.uint8)],
    )
    assert run(batch[:2]).shape == (2, 60, 52, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="for each image"):
        run(batch)


def test_a_graph_reports_the_size_of_small_images():
    run = tf.function(
        lambda images: distort(images, 23, 1, (0, 0)),
        input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8)],
    )
    message = r"at least 32 .*\s.*height and width.*\s?.*\[31 40\]"
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        run(np.zeros((1, 31, 40, 3), "uint8"))
