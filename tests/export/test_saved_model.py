"""Tests of the SavedModel export."""

import io
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from PIL import ImageCms

from tests.support.profiles import wide_profile
from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.data.decode import decode
from tfiqa.data.decode import decode_with_notes
from tfiqa.export import profiles
from tfiqa.export import saved_model
from tfiqa.export import saved_model_file
from tfiqa.export import served
from tfiqa.export.module import outputs_of
from tfiqa.scoring.scorer import predictor

SIZES = [(1, 40, 56), (3, 40, 56), (2, 5, 9), (1, 130, 61), (1, 1, 1)]
PICTURES = [toy_image(seed) for seed in (0, 4, 9)]


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer(mos_range=[-20.0, 60.0])


@pytest.fixture(scope="module")
def exported(scorer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    scorer.save(folder / "scorer.keras")
    saved_model.export(
        scorer, folder / "model", source=folder / "scorer.keras", images=PICTURES
    )
    return folder / "model"


@pytest.fixture(scope="module")
def loaded(exported):
    return tf.saved_model.load(exported)


@pytest.mark.parametrize("size", SIZES)
def test_serves_the_scores_of_the_scorer(scorer, loaded, size):
    pixels = np.stack([toy_image(seed, *size[1:]) for seed in range(size[0])])
    expected = scorer(pixels.astype("float32"))

    images = pixels.astype("float32") / 255
    np.testing.assert_allclose(loaded(images), expected, rtol=1e-5)
    np.testing.assert_allclose(loaded(images, training=False), expected, rtol=1e-5)
    outputs = loaded.signatures["images"](images=tf.constant(images))
    assert set(outputs) == {"mos", "score", "features", "status"}
    np.testing.assert_allclose(outputs["mos"], expected, rtol=1e-5)
    score = 100 * (np.asarray(expected) + 20) / 80
    np.testing.assert_allclose(outputs["score"], score, rtol=1e-5)
    assert outputs["features"].shape == (size[0], 4)
    status = b"too_small" if size[1] < METADATA["min_side"] else b"ok"
    assert set(outputs["status"].numpy().ravel()) == {status}


def test_sees_the_levels_that_the_scorer_sees():
    """A last bit of a division must not change what is rounded in a scorer."""
    from tfiqa.export.module import levels

    whole = np.arange(256, dtype="float32")
    np.testing.assert_array_equal(levels(whole / np.float32(255)), whole)
    between = np.array([0.1234, 200.49], "float32")
    np.testing.assert_allclose(levels(between / np.float32(255)), between, rtol=1e-6)


@pytest.mark.parametrize("size", [(3, 30), (30, 3), (0, 30), (30, 0)])
def test_pictures_that_are_too_small_are_told(loaded, size):
    pixels = tf.random.stateless_uniform((2, *size, 3), (0, 0))
    outputs = loaded.signatures["images"](images=pixels)
    assert outputs["status"].numpy().tolist() == [[b"too_small"]] * 2
    for name in ("mos", "score"):
        assert np.isnan(outputs[name]).tolist() == [[True]] * 2
    features = loaded.signatures["features"](images=pixels)["features"]
    assert np.isnan(features).shape == (2, 4)
    assert np.isnan(features).all()


def test_flat_pictures_are_told(loaded):
    pixels = np.stack([toy_image(1), np.full_like(toy_image(1), 9)]).astype("float32")
    outputs = loaded.signatures["images"](images=tf.constant(pixels / 255))
    assert outputs["status"].numpy().tolist() == [[b"ok"], [b"flat"]]


@pytest.mark.parametrize(("low", "flat"), [(0, True), (100, True), (254, True)])
def test_flat_pictures_are_nan_on_both_sides_of_the_limit(loaded, low, flat):
    pixels = np.full((2, 20, 20, 3), low, "float32")
    pixels[0, 3, 4] += 1
    pixels[1, 3, 4] += -2 if low > 100 else 2
    mos = np.asarray(loaded(pixels / np.float32(255)))[:, 0]
    assert np.isnan(mos).tolist() == [flat, False]


def test_features_are_those_of_the_scorer(scorer, loaded):
    pixels = toy_image(2)[None].astype("float32")
    result = loaded.signatures["features"](images=tf.constant(pixels / 255))
    features = keras.Model(scorer.input, scorer.get_layer("features").output)
    assert set(result) == {"features"}
    np.testing.assert_allclose(result["features"], features(pixels), rtol=1e-4)


def encoded(pixels, kind="PNG", **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


STRINGS = [
    encoded(toy_image(3)),
    encoded(toy_image(4, 33, 91), "JPEG", quality=80),
    b"no picture",
    encoded(np.full((20, 20, 3), 7, "uint8")),
    encoded(toy_image(5, 3, 30)),
    encoded(toy_image(6), "BMP"),
    encoded(toy_image(7, 41, 37), "JPEG", subsampling=2),
]
FOUND = ["ok", "ok", "undecodable", "flat", "too_small", "ok", "ok"]


def expected_scores(scorer):
    predict = predictor(scorer)
    return [
        predict(decode(file)) if status == "ok" else np.nan
        for file, status in zip(STRINGS, FOUND, strict=True)
    ]


@pytest.mark.parametrize("name", ["serving_default", "serving_bytes"])
def test_strings_are_scored_one_by_one(scorer, loaded, name):
    outputs = loaded.signatures[name](bytes=tf.constant(STRINGS))

    names = {"mos", "output_0", "score", "features", "status", "notes"}
    assert set(outputs) == names
    assert set(outputs["notes"].numpy()) == {b""}
    assert [status.decode() for status in outputs["status"].numpy()] == FOUND
    expected = np.array(expected_scores(scorer))
    # 1e-3 on a scale of 0 to 100.
    np.testing.assert_allclose(outputs["mos"], expected, rtol=0, atol=8e-4)
    np.testing.assert_array_equal(outputs["output_0"], outputs["mos"])
    score = 100 * (expected + 20) / 80
    np.testing.assert_allclose(outputs["score"], score, rtol=0, atol=1e-3)
    assert outputs["features"].shape == (7, 4)
    known = np.array(FOUND) != "undecodable"
    known &= np.array(FOUND) != "too_small"
    np.testing.assert_array_equal(np.isfinite(outputs["features"][:, 0]), known)


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,), (1, 1, 2)])
def test_strings_may_have_any_rank(scorer, loaded, shape):
    count = int(np.prod(shape))
    strings = tf.reshape(tf.constant(STRINGS[:count], tf.string), shape)
    outputs = loaded.signatures["serving_default"](strings)
    for name in ("mos", "output_0", "score", "status", "notes"):
        assert outputs[name].shape == shape
    assert outputs["features"].shape == (*shape, 4)
    np.testing.assert_allclose(
        np.ravel(outputs["output_0"]), expected_scores(scorer)[:count], atol=8e-4
    )


def test_a_pipeline_filters_a_folder_by_score(scorer, loaded, tmp_path):
    for index, (file, status) in enumerate(zip(STRINGS, FOUND, strict=True)):
        (tmp_path / f"{index}-{status}").write_bytes(file)
    scores = [(mos + 20) / 0.8 for mos in expected_scores(scorer)]
    least = np.nanmedian(scores)
    serve = loaded.signatures["serving_default"]

    def scored(path):
        return path, serve(bytes=tf.io.read_file(path))["score"]

    paths = tf.data.Dataset.list_files(str(tmp_path / "*"), shuffle=False)
    good = paths.map(scored, num_parallel_calls=2).filter(lambda _, s: s > least)

    kept = [path.decode()[-4] for path, _ in good.as_numpy_iterator()]
    assert kept == [str(index) for index, one in enumerate(scores) if one > least]
    assert 0 < len(kept) < FOUND.count("ok")


def test_every_status_is_told_as_the_command_tells_it():
    from tfiqa.scoring.assessment import STATUSES

    strings = set(served.STATUSES) - {"out_of_range"}  # That one is of pixels.
    assert strings == set(STATUSES) - {"missing", "unsupported"}


@pytest.mark.parametrize("wrong", [255.0, -1.0, np.nan, np.inf])
def test_pictures_of_another_range_have_no_score(scorer, loaded, wrong):
    images = np.stack([toy_image(1), toy_image(2)]).astype("float32") / 255
    if np.isfinite(wrong):
        images[1] *= wrong
    else:
        images[1, 5, 5, 1] = wrong
    outputs = loaded.signatures["images"](images=tf.constant(images))
    assert outputs["status"].numpy().ravel().tolist() == [b"ok", b"out_of_range"]
    for name in ("mos", "score", "features"):
        assert np.isfinite(outputs[name][0]).all()
        assert np.isnan(outputs[name][1]).all()
    np.testing.assert_array_equal(np.isnan(loaded(images)).ravel(), [False, True])


@pytest.mark.parametrize("size", SIZES)
def test_bytes_are_taken_for_the_levels_that_they_are(scorer, loaded, size):
    pixels = np.stack([toy_image(seed, *size[1:]) for seed in range(size[0])])
    outputs = loaded.signatures["pixels"](pixels=tf.constant(pixels))
    floats = tf.constant(pixels.astype("float32") / 255)
    expected = loaded.signatures["images"](images=floats)
    assert set(outputs) == set(expected)
    np.testing.assert_array_equal(outputs["status"], expected["status"])
    for name in ("mos", "score", "features"):
        np.testing.assert_allclose(outputs[name], expected[name], rtol=1e-4)


def test_bytes_without_structure_are_flat(loaded):
    pixels = np.stack([toy_image(1), np.full_like(toy_image(1), 9)])
    outputs = loaded.signatures["pixels"](pixels=tf.constant(pixels))
    assert outputs["status"].numpy().tolist() == [[b"ok"], [b"flat"]]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_profile_that_is_not_converted_is_told(loaded, kind):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    thumbnail = b"Exif\0\0" + bytes(60_000)
    files = [
        encoded(toy_image(3), kind),
        encoded(toy_image(3), kind, icc_profile=wide_profile()),
        encoded(toy_image(3), kind, icc_profile=wide_profile(), exif=thumbnail),
        encoded(toy_image(3), kind, icc_profile=srgb),
        b"no picture, ICC_PROFILE\0",
    ]
    outputs = loaded.signatures["serving_default"](bytes=tf.constant(files))
    message = outputs["notes"].numpy().tolist()
    note = b"profile_ignored"
    # That of a PNG is compressed: its name alone, which is not sRGB, is seen.
    assert message == [b"", note, note, note if kind == "PNG" else b"", b""]
    ignored = decode_with_notes(files[1]).notes
    assert ignored[0].startswith("color profile ignored")
    np.testing.assert_array_equal(outputs["mos"][0], outputs["mos"][1])


def test_codes_of_other_colors_count_as_a_profile():
    for codes, expected in (((12, 13), True), ((9, 16), True), ((1, 13), False)):
        result = profiles.ignored(tf.constant(b"\x89PNG cICP" + bytes(codes)))
        assert bool(result) is expected


def test_a_scorer_of_broken_weights_calls_nothing_flat():
    broken = toy_scorer()
    broken.set_weights([np.full_like(w, np.nan) for w in broken.get_weights()])
    functions = served.signatures(broken, outputs_of(broken))
    flat, noise = np.full((40, 56, 3), 7, "uint8"), toy_image(1)
    images = tf.constant(np.stack([flat, noise]) / 255, tf.float32)
    result = functions["images"](images)["status"].numpy().ravel().tolist()
    assert result == [b"flat", b"failed"]
    strings = tf.constant([encoded(flat), encoded(noise)])
    result = functions["serving_bytes"](strings)["status"].numpy().tolist()
    assert result == [b"flat", b"failed"]


def test_trains_on(scorer, exported):
    loaded = tf.saved_model.load(exported)
    assert len(loaded.variables) == len(scorer.variables)
    assert len(loaded.trainable_variables) == len(scorer.trainable_variables) > 0
    images = tf.constant(np.stack(PICTURES).astype("float32") / 255)
    before = loaded(images)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((loaded(images, training=True) - 30.0) ** 2)
    gradients = tape.gradient(loss, loaded.trainable_variables)
    assert all(gradient is not None for gradient in gradients)
    for variable, gradient in zip(loaded.trainable_variables, gradients, strict=True):
        variable.assign_sub(1e-7 * gradient)
    after = tf.reduce_mean((loaded(images) - 30.0) ** 2)
    assert after < tf.reduce_mean((before - 30.0) ** 2)
    # The server is the same model.
    files = tf.constant([encoded(one) for one in PICTURES])
    mos = loaded.signatures["serving_default"](files)["mos"]
    np.testing.assert_allclose(mos, loaded(images)[:, 0], rtol=1e-5)


def test_regularization_and_batch_statistics_are_kept(tmp_path):
    images = keras.Input((None, None, 3), name="images")
    crops = keras.layers.Conv2D(4, 3, name="crops")(images)
    x = keras.layers.BatchNormalization(momentum=0.5)(crops)
    x = keras.layers.GlobalAveragePooling2D(name="features")(x)
    head = keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.1))
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(head(x), images))
    saved_model_file.write(scorer, tmp_path / "model", {})
    loaded = tf.saved_model.load(tmp_path / "model")

    (penalty,) = loaded.regularization_losses
    np.testing.assert_allclose(penalty(), 0.1 * np.sum(head.kernel.numpy() ** 2))
    images = tf.constant(np.stack(PICTURES).astype("float32") / 255)
    before = loaded(images)
    np.testing.assert_array_equal(loaded(images), before)
    loaded(images, training=True)
    assert not np.allclose(loaded(images), before)


def test_metadata_is_an_asset(scorer, exported, loaded):
    path = loaded.metadata.asset_path.numpy().decode()
    with open(path) as file:
        message = json.load(file)
    assert message.items() >= {**METADATA, "mos_range": [-20.0, 60.0]}.items()
    assert message["direction"] == "higher is better"
    assert message["range"] == [-20.0, 60.0]
    assert len(message["source_sha256"]) == 64
    compared = json.loads((exported / "assets" / "parity.json").read_text())
    assert compared["passed"]
    assert compared["pictures"] == 3
    assert compared["largest"] < 2e-4
    assert compared["megabytes"] > 0
    assert "-20 (worst) to 60 (best)" in (exported / "README.md").read_text()


def test_a_scorer_of_mixed_precision_is_refused(tmp_path):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        scorer = toy_scorer()
    finally:
        keras.config.set_dtype_policy(before)
    with pytest.raises(ValueError, match="one of mixed precision"):
        saved_model.export(scorer, tmp_path / "model", images=PICTURES)
    assert not list(tmp_path.iterdir())


def test_other_backends_are_refused(scorer, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(RuntimeError, match="KERAS_BACKEND=tensorflow"):
        saved_model.export(scorer, tmp_path / "model")
    assert not list(tmp_path.iterdir())
