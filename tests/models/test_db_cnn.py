"""Tests of DB-CNN as an ordinary Keras model."""

import inspect

import keras
import numpy as np
import pytest
from keras import ops

from tests.models.plain import SLIM
from tests.models.plain import batch
from tests.models.plain import images
from tfiqa import export
from tfiqa import models
from tfiqa.export.images import generated
from tfiqa.methods import db_cnn
from tfiqa.models import db_cnn as networks
from tfiqa.scoring import scorer as scorers

# On JAX, which compiles each shape of each operation, they would take a minute. The
# contract of all methods runs the network there.
pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="runs on TensorFlow"
)

SCORES = np.arange(8, dtype="float32")


@pytest.fixture(scope="module")
def fitted():
    """A small DB-CNN after a short training, and the log of it."""
    keras.utils.set_random_seed(0)
    model = models.DBCNN(**SLIM)
    # Building a graph of both networks would take longer than these steps.
    optimizer = keras.optimizers.Adam(1e-3)
    model.compile(optimizer, "mean_squared_error", run_eagerly=True)
    return model, model.fit(batch(), SCORES, batch_size=4, epochs=3, verbose=0).history


@pytest.fixture(scope="module")
def model(fitted):
    return fitted[0]


def values(tensor):
    return ops.convert_to_numpy(tensor)


def test_compiles_and_fits_like_any_other_model(fitted):
    model, log = fitted
    assert log["loss"][-1] < log["loss"][0]
    assert model(batch(), training=False).shape == (8, 1)


def test_quality_is_linear_in_the_products_of_both_maps(model):
    image = batch(1, side=48)
    content = values(model.get_layer("resnet10_slim")(image, training=False))[0]
    distortion = values(model.get_layer("scnn")(image, training=False))[0]
    products = np.einsum("ijc,ijd->cd", content, distortion).ravel()
    roots = np.sign(products) * np.sqrt(np.abs(products))
    kernel, bias = model.get_layer("quality").get_weights()
    expected = roots / np.linalg.norm(roots) @ kernel + bias
    np.testing.assert_allclose(values(model(image))[0], expected, atol=1e-4)


def test_survives_saving_with_its_optimizer(model, tmp_path):
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert type(again) is models.DBCNN
    expected = values(model(batch(), training=False))
    np.testing.assert_array_equal(values(again(batch(), training=False)), expected)


def test_the_scorer_is_of_any_size_shares_weights_and_maps_units(model):
    scorer = model.scorer(mos_range=(1, 5), scale=2.0, offset=3.0, dataset="toy")
    image = batch(1, side=48)
    quality = values(model(image, training=False))
    np.testing.assert_allclose(values(scorer(image)), 2 * quality + 3, rtol=1e-5)
    assert np.isfinite(scorers.predictor(scorer)(images(1, side=70)[0]))
    metadata = scorers.metadata(scorer)
    assert metadata["mos_range"] == [1.0, 5.0]
    assert (metadata["method"], metadata["dataset"]) == ("db_cnn", "toy")
    kernel = model.get_layer("quality").kernel
    assert any(kernel is weight for weight in scorer.weights)


def test_products_are_averaged_over_the_tiles_of_a_large_image(model):
    tile = batch(1, side=64)
    image = np.tile(tile, (1, 2, 2, 1))
    tiled = values(model.scorer(mos_range=(0, 1), tile_side=64)(image))
    alone = values(model.scorer(mos_range=(0, 1))(tile))
    np.testing.assert_allclose(tiled, alone, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["saved_model", "tflite", "onnx"])
def test_exports_score_as_the_scorer_does(tmp_path, target):
    if target == "onnx":
        pytest.importorskip("tf2onnx")
    keras.utils.set_random_seed(0)
    # Random weights hardly tell images apart, which exports refuse to be compared on.
    scorer = models.DBCNN(**SLIM).scorer(mos_range=(0, 1), scale=20.0)
    name = {"saved_model": "scorer"}.get(target, f"scorer.{target}")
    write = getattr(export, target).export
    result = write(scorer, tmp_path / name, images=generated(6, min_side=16))
    assert result.largest < 0.1  # Of 100.


def test_the_content_of_vgg_is_its_last_convolution():
    """In the layout of its ImageNet weights, with blue first."""
    keras.utils.set_random_seed(0)
    model = networks.content_maps("vgg16", None)
    image = batch(1, side=48)
    trunk = model.layers[-1]
    pixels = image[..., ::-1] - np.array([103.939, 116.779, 123.68], "float32")
    expected = values(trunk(pixels))
    assert expected.shape == (1, 3, 3, 512)
    assert trunk.layers[-1].name == "block5_conv3"
    np.testing.assert_allclose(values(model(image)), expected, atol=1e-4)


def test_the_defaults_are_the_papers_without_a_download():
    config = db_cnn.Config(backbone_weights=None)
    expected = {
        "backbone": config.backbone,
        "backbone_weights": None,
        "normalized": not config.merged,
        **config.scnn,
        **config.pooling,
    }
    parameters = inspect.signature(models.DBCNN.__init__).parameters
    for name, value in expected.items():
        assert parameters[name].default == value, name
    parameters = inspect.signature(models.DBCNN.scorer).parameters
    assert parameters["tile_side"].default == config.tile_side


@pytest.mark.parametrize(("argument", "value"), [("root", "cubic"), ("strides", (1,))])
def test_wrong_arguments_are_named(argument, value):
    with pytest.raises(ValueError, match=f"`{argument}` must"):
        models.DBCNN(**{**SLIM, argument: value})
