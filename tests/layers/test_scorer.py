"""Tests of the model that scores one image after another, against the plain model."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.layers.test_patch_mean import convolutional
from tests.layers.test_patch_mean import gradients
from tests.layers.test_patch_mean import make_images
from tfiqa.layers import MOS
from tfiqa.layers import PatchMean
from tfiqa.layers import Scorer


@pytest.fixture(scope="module")
def models():
    """A scorer and the plain model of the same layers: of crops, and of the image."""
    images = keras.Input((None, None, 3), name="images")
    crops = PatchMean(convolutional(16), 16, grid=3, name="features")(images)
    entire = keras.layers.Conv2D(4, 5, activation="relu")(images)
    entire = keras.layers.GlobalAveragePooling2D()(entire)
    joined = keras.layers.Concatenate()([crops, entire])
    scores = MOS()(keras.layers.Dense(1)(joined), images)
    return Scorer(images, scores, name="s"), keras.Model(images, scores)


def test_scores_are_those_of_the_plain_model(models):
    images = make_images(3, 20, 27).astype("float32")
    result, expected = (ops.convert_to_numpy(model(images)) for model in models)
    np.testing.assert_allclose(result, expected, rtol=1e-5)
    assert result.shape == (3, 1)


def test_training_computes_the_batch_together(models):
    images = make_images(3, 20, 27).astype("float32")
    result, expected = (
        ops.convert_to_numpy(model(images, training=True)) for model in models
    )
    np.testing.assert_array_equal(result, expected)


def test_the_gradient_is_that_of_the_plain_model(models):
    images = make_images(3, 20, 27).astype("float32")
    found, expected = (gradients(model, images) for model in models)
    assert len(found) == len(expected) > 4
    for one, other in zip(found, expected, strict=True):
        scale = np.abs(other).max()
        assert scale > 0
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * scale)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its gradients")
def test_frozen_weights_have_no_gradient(models):
    import tensorflow as tf

    scorer, _ = models
    images = tf.constant(make_images(2, 20, 27).astype("float32"))
    weights = [variable.value for variable in scorer.trainable_variables]

    def found():
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = tf.reduce_sum(scorer(images))
        return tape.gradient(score, [images, *weights])

    by_images, *by_weights = found()
    assert all(one is not None for one in by_weights)
    scorer.trainable = False
    same, *others = found()
    scorer.trainable = True
    np.testing.assert_array_equal(same, by_images)
    assert len(others) > 4
    assert others == [None] * len(others)
    for weight, once, again in zip(weights, by_weights, found()[1:], strict=True):
        np.testing.assert_array_equal(once, again, err_msg=weight.name)


def test_weights_and_settings_may_change_between_calls(models):
    scorer, plain = models
    images = make_images(2, 40, 53).astype("float32")
    before = ops.convert_to_numpy(scorer(images))
    scorer.get_layer("features").coverage = "full"
    covered = ops.convert_to_numpy(scorer(images))
    assert (covered != before).all()
    np.testing.assert_allclose(covered, plain(images), rtol=1e-5)
    scorer.get_layer("features").coverage = "grid"
    np.testing.assert_array_equal(scorer(images), before)
    weights = scorer.get_weights()
    scorer.set_weights([weight * 1.5 for weight in weights])
    changed = ops.convert_to_numpy(scorer(images))
    assert (changed != before).all()
    np.testing.assert_allclose(changed, plain(images), rtol=1e-5)
    scorer.set_weights(weights)


@pytest.mark.parametrize("window", [1, 2, 4])
def test_windows_of_several_images_do_not_count(models, window):
    scorer, plain = models
    images = make_images(5, 20, 27).astype("float32")
    scorer.window = window
    alone = np.concatenate([scorer(image[None]) for image in images])
    np.testing.assert_allclose(alone, plain(images), rtol=1e-5)
    for order in ([1, 0], [3, 0, 2], [4, 2, 0, 1, 3]):
        np.testing.assert_array_equal(scorer(images[order]), alone[order])
    scorer.window = 1


def test_survives_saving(models, tmp_path):
    scorer, _ = models
    scorer.save(tmp_path / "s.keras")
    restored = keras.saving.load_model(tmp_path / "s.keras")
    assert isinstance(restored, Scorer)
    images = make_images(2, 20, 27).astype("float32")
    np.testing.assert_array_equal(restored(images), scorer(images))


def test_values_are_checked(models):
    images = make_images(2, 20, 27).astype("float32")
    images[1, 3, 4, 0] = np.nan
    with pytest.raises(ValueError, match="NaN or infinite"):
        models[0](images)
    with pytest.warns(UserWarning, match=r"as of images in \[0, 1\]"):
        models[0](make_images(2, 20, 27) / 255)
