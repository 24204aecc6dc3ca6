"""Exports of encoders and of scorers that compare images with references."""

import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.export import conversion
from tfiqa.export import feature_parity
from tfiqa.export import onnx
from tfiqa.export import onnx_file
from tfiqa.export import saved_model
from tfiqa.export import tflite
from tfiqa.export.images import flat
from tfiqa.export.images import generated
from tfiqa.export.images import with_references
from tfiqa.export.parity import Bar
from tfiqa.export.parity import Disagreement
from tfiqa.scoring.references import pair_predictor
from tfiqa.scoring.scorer import reader

IMAGES = [*generated(6, min_side=24), flat(generated(1, min_side=24))]


@pytest.fixture(scope="module")
def encoder():
    scorer = toy_scorer()
    return keras.Model(
        scorer.input, scorer.get_layer("features").output, name="toy_encoder"
    )


@pytest.fixture(scope="module")
def comparison(encoder):
    images = keras.Input((None, None, 3), name="images")
    references = keras.Input((None, None, 3), name="references")
    difference = keras.ops.abs(encoder(references) - encoder(images))
    features = keras.layers.Identity(name="features")(difference)
    head = keras.layers.Dense(1, kernel_initializer="ones", name="quality")
    mos = layers.MOS(scale=-400.0, metadata=METADATA)(head(features), images)
    return keras.Model([images, references], mos, name="toy_reference")


@pytest.fixture(scope="module")
def served_encoder(encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    encoder.save(folder / "encoder.keras")
    result = saved_model.export(
        folder / "encoder.keras", folder / "exported", images=IMAGES
    )
    assert result.passed
    assert result.features == 4
    return folder / "exported"


@pytest.fixture(scope="module")
def served_comparison(comparison, tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison") / "exported"
    assert saved_model.export(comparison, folder, images=IMAGES).passed
    return tf.saved_model.load(folder)


def test_a_served_encoder_is_a_feature_vector(encoder, served_encoder):
    loaded = tf.saved_model.load(served_encoder)
    image = toy_image(3)
    expected = reader(encoder)(image)
    floats = tf.constant(image[None].astype("float32") / 255)

    np.testing.assert_allclose(loaded(floats)[0], expected, rtol=1e-5)
    signatures = loaded.signatures
    for outputs in (
        signatures["images"](images=floats),
        signatures["pixels"](pixels=tf.constant(image[None])),
        signatures["serving_default"](bytes=tf.constant([_png(image)])),
    ):
        np.testing.assert_allclose(outputs["features"][0], expected, rtol=1e-5)
    assert len(loaded.trainable_variables) == len(encoder.trainable_variables) > 0
    assert "`features`" in (served_encoder / "README.md").read_text()


def test_a_served_encoder_tells_what_it_cannot_read(served_encoder):
    loaded = tf.saved_model.load(served_encoder)
    strings = tf.constant([[_png(toy_image(1)), b"no image", _png(toy_image(1, 8, 8))]])
    outputs = loaded.signatures["serving_bytes"](bytes=strings)
    statuses = [[b"ok", b"undecodable", b"too_small"]]
    assert outputs["status"].numpy().tolist() == statuses
    assert outputs["features"].shape == (1, 3, 4)
    finite = np.isfinite(outputs["features"].numpy()).all(axis=-1)
    assert finite.tolist() == [[True, False, False]]


def test_a_served_comparison_takes_two_images(comparison, served_comparison):
    predict = pair_predictor(comparison)
    pairs = with_references([toy_image(1), toy_image(2)])
    expected = [predict(*pair) for pair in pairs]
    images, references = (
        tf.constant([_png(one) for one in c]) for c in zip(*pairs, strict=True)
    )
    outputs = served_comparison.signatures["serving_default"](
        bytes=images, reference_bytes=references
    )
    np.testing.assert_allclose(outputs["mos"], expected, rtol=1e-4)
    assert outputs["status"].numpy().tolist() == [b"ok", b"ok"]
    floats = [tf.constant(one[None].astype("float32") / 255) for one in pairs[0]]
    np.testing.assert_allclose(served_comparison(*floats)[0, 0], expected[0], rtol=1e-4)


def test_a_served_comparison_misses_references(served_comparison):
    image = _png(toy_image(1))
    references = [b"no image", _png(toy_image(1, 30, 30)), image]
    outputs = served_comparison.signatures["serving_default"](
        bytes=tf.constant([image, image, _png(np.full((40, 56, 3), 9, "uint8"))]),
        reference_bytes=tf.constant(references),
    )
    assert outputs["status"].numpy().tolist() == [b"missing", b"missing", b"flat"]
    assert np.isnan(outputs["mos"]).all()


@pytest.mark.parametrize("wrong", [255.0, np.nan])
def test_both_refuse_images_of_another_range(
    served_encoder, served_comparison, comparison, wrong
):
    images = np.stack([toy_image(1), toy_image(2)]).astype("float32") / 255
    spoiled = images.copy()
    spoiled[1] *= wrong
    described = tf.saved_model.load(served_encoder)
    calls = [
        (described, "features", [spoiled]),
        (served_comparison, "mos", [spoiled, images]),
        (served_comparison, "mos", [images, spoiled]),
    ]
    for loaded, result, arrays in calls:
        names = ("images", "references")[: len(arrays)]
        inputs = dict(zip(names, map(tf.constant, arrays), strict=True))
        outputs = loaded.signatures["images"](**inputs)
        statuses = outputs.pop("status").numpy().ravel().tolist()
        assert statuses == [b"ok", b"out_of_range"]
        for numbers in (*outputs.values(), loaded(*arrays)):
            missing = np.isnan(numbers.numpy()).all(axis=1)
            np.testing.assert_array_equal(missing, [False, True])
        np.testing.assert_array_equal(loaded(*arrays)[0], outputs[result][0])
        trained_on = loaded(*map(tf.constant, arrays), training=True)
        assert np.isfinite(trained_on).all() == np.isfinite(wrong)
    pair = with_references([toy_image(2)])[0]
    floats = [tf.constant(_batch(one)) for one in pair]
    outputs = served_comparison.signatures["images"](
        images=floats[0], references=floats[1]
    )
    expected = pair_predictor(comparison)(*pair)
    np.testing.assert_allclose(outputs["mos"][0, 0], expected, rtol=1e-4)


def test_both_tell_small_and_flat_images(served_encoder, served_comparison):
    described = tf.saved_model.load(served_encoder).signatures
    small = toy_image(1, 8, 8)[None]
    for outputs in (
        described["images"](images=tf.constant(small.astype("float32") / 255)),
        described["pixels"](pixels=tf.constant(small)),
    ):
        assert outputs["status"].numpy().tolist() == [[b"too_small"]]
        assert np.isnan(outputs["features"]).all()
        assert outputs["features"].shape == (1, 4)
    even = tf.fill([1, 40, 56, 3], 0.5)
    outputs = served_comparison.signatures["images"](images=even, references=even)
    assert outputs["status"].numpy().tolist() == [[b"flat"]]


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_lite_files_of_both(encoder, comparison, tmp_path, precision):
    options = {"images": IMAGES, "precision": precision}
    file = tmp_path / "encoder.tflite"
    assert tflite.export(encoder, file, **options).passed
    features = conversion.runner(file.read_bytes())(_batch(toy_image(3)))
    expected = reader(encoder)(toy_image(3))
    np.testing.assert_allclose(features[0], expected, rtol=1e-2)

    file = tmp_path / "comparison.tflite"
    assert tflite.export(comparison, file, **options).passed
    pair = with_references([toy_image(2)])[0]
    mos = conversion.runner(file.read_bytes())(*map(_batch, pair))
    np.testing.assert_allclose(mos[0, 0], pair_predictor(comparison)(*pair), rtol=1e-2)


def test_lite_files_in_integers(encoder, comparison, tmp_path):
    options = {"images": IMAGES, "precision": "int8", "allow_disagreement": True}
    for model in (encoder, comparison):
        file = tmp_path / f"{model.name}.tflite"
        assert tflite.export(model, file, **options).largest > 0
        with pytest.raises(ValueError, match="`full_integer` needs a scorer of single"):
            tflite.export(model, tmp_path / "all.tflite", **options, full_integer=True)


def test_onnx_files_of_both(encoder, comparison, tmp_path):
    for package in ("onnx", "onnxruntime", "tf2onnx"):
        pytest.importorskip(package)
    file = tmp_path / "encoder.onnx"
    assert onnx.export(encoder, file, images=IMAGES).passed
    features = onnx_file.runner(file)(_batch(toy_image(3)))
    np.testing.assert_allclose(features[0], reader(encoder)(toy_image(3)), rtol=1e-4)
    file = tmp_path / "comparison.onnx"
    assert onnx.export(comparison, file, images=IMAGES).passed


def test_other_features_are_refused(encoder):
    read = reader(encoder)

    def run(images):
        return np.stack([read(np.rint(255 * one).astype("uint8")) for one in images])

    bar = Bar(features=1e-3)
    options = {"images": IMAGES, "bar": bar}
    found = feature_parity.verify(encoder, run, **options)
    assert found.passed
    assert found.largest < 1e-6
    faults = {
        "offset": lambda images: run(images) + 0.1,
        "swapped": lambda images: run(images)[:, ::-1],
        "NaN": lambda images: run(images) * np.nan,
        "shape": lambda images: run(images)[:, :2],
        "batches": lambda images: run(images)[::-1],
    }
    for fault in faults.values():
        with pytest.raises(Disagreement):
            feature_parity.verify(encoder, fault, **options)
    # A share of the typical distance from the mean.
    features = np.stack([read(image) for image in IMAGES]).astype("float64")
    typical = np.median(np.linalg.norm(features - features.mean(0), axis=1))
    step = np.array([0.05 * typical, 0, 0, 0])
    found = feature_parity.verify(
        encoder, lambda x: run(x) + step, images=IMAGES, bar=Bar(features=0.1)
    )
    assert found.largest == pytest.approx(0.05, rel=1e-3)


def test_features_that_never_change_prove_nothing(encoder):
    options = {"images": [toy_image(1)] * 3, "bar": Bar(features=1e-3)}
    with pytest.raises(ValueError, match="Images with different features"):
        feature_parity.verify(encoder, lambda x: np.zeros((len(x), 4)), **options)


def _png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def _batch(image):
    return image[None].astype("float32") / np.float32(255)
