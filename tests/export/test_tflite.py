"""Tests of the LiteRT export."""

import io
import json
import zipfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.export import conversion
from tfiqa.export import embedded
from tfiqa.export import images as example_images
from tfiqa.export import parity
from tfiqa.export import quantized
from tfiqa.export import tflite
from tfiqa.scoring.scorer import predictor

SIZES = [(1, 40, 56), (3, 40, 56), (2, 5, 9), (1, 130, 61), (1, 1, 1)]
PICTURES = [toy_image(seed) for seed in (0, 4, 9)]
SCENES = example_images.generated(8, size=(64, 64))
TOLERANCE = {"float32": 1e-3, "float16": 0.1, "dynamic": 1.5, "int8": 4.0}


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture(scope="module", params=["float32", "float16", "dynamic", "int8"])
def exported(request, scorer, tmp_path_factory):
    file = tmp_path_factory.mktemp("exported") / f"{request.param}.tflite"
    tflite.export(
        scorer,
        file,
        precision=request.param,
        images=PICTURES,
        representative=[*PICTURES, *SCENES],
    )
    return file


@pytest.fixture(scope="module")
def run(exported):
    return conversion.runner(exported.read_bytes())


@pytest.mark.parametrize("size", SIZES)
def test_scores_as_the_scorer_at_any_size_and_batch(scorer, exported, run, size):
    pixels = np.stack([toy_image(seed, *size[1:]) for seed in range(size[0])])
    expected = scorer(pixels.astype("float32"))
    mos = run(pixels.astype("float32") / 255)
    tolerance = TOLERANCE[exported.stem]
    np.testing.assert_allclose(mos, expected, atol=tolerance, rtol=0)


def test_flat_pictures_are_nan(run):
    pixels = np.full((2, 20, 20, 3), 90, "float32")
    pixels[0, 3, 4] += 1
    pixels[1, 3, 4] += 2
    mos = run(pixels / np.float32(255))
    assert np.isnan(mos[:, 0]).tolist() == [True, False]


def test_score_is_the_mos_on_a_scale_of_100():
    scorer = toy_scorer(mos_range=[-20.0, 60.0])
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=conversion.converted(scorer))
    result = interpreter.get_signature_runner("serving_default")(
        images=np.stack(PICTURES).astype("float32") / 255
    )
    np.testing.assert_allclose(result["score"], (result["mos"] + 20) / 0.8, rtol=1e-5)


def test_what_is_known_lies_inside_and_beside(exported):
    beside = json.loads(exported.with_name(exported.name + ".json").read_text())
    assert beside.items() >= {**METADATA, "precision": exported.stem}.items()
    assert beside["parity"]["passed"]
    with zipfile.ZipFile(exported) as archive:
        assert json.loads(archive.read("metadata.json")) == beside
        assert archive.read("README.md").decode() == (
            exported.with_name(exported.name + ".md").read_text()
        )
        assert archive.read("labels.txt") == b"quality\n"


def metadata_of(content):
    """Returns the table that a model names, as (root, its reader)."""
    model = schema.Model.GetRootAs(content, 0)
    entries = [model.Metadata(index) for index in range(model.MetadataLength())]
    (entry,) = (e for e in entries if e.Name() == embedded.NAME.encode())
    return model.Buffers(entry.Buffer()).DataAsNumpy().tobytes()


def test_metadata_is_a_flat_buffer_of_its_kind(exported):
    told = metadata_of(exported.read_bytes())
    assert told[4:8] == b"M001"
    for text in (b"images", b"mos", b"score", b"labels.txt", b"toy, trained on none"):
        assert text in told


def test_float16_stores_half_the_bytes_and_dynamic_a_quarter():
    images = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(64, 7)(images)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(64, 7)(x))
    features = keras.layers.Activation("linear", name="features")(x)
    quality = keras.layers.Dense(1)(features)
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))
    sizes = {
        precision: len(conversion.converted(scorer, precision=precision))
        for precision in ("float32", "float16", "dynamic")
    }
    assert 0.45 < sizes["float16"] / sizes["float32"] < 0.55
    assert 0.22 < sizes["dynamic"] / sizes["float32"] < 0.3


def generated_weights():
    """Returns a scorer one of whose layers is of the kind that stays in float32."""
    crops = keras.Input((16, 16, 3))
    kernel = keras.initializers.RandomNormal(0.0, 0.2, seed=1)
    x = keras.layers.Conv2D(8, 3, activation="relu", kernel_initializer=kernel)(crops)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Conv2D(8, 3, activation="relu", kernel_initializer=kernel)(x)
    content = keras.layers.GlobalAveragePooling2D()(x)
    quality = layers.HyperDense(1, kernel_from="mean", name="target_1")(content, x)
    network = keras.Model(
        crops, keras.layers.Concatenate()([content, quality]), name="network"
    )
    images = keras.Input((None, None, 3), name="images")
    features = layers.PatchMean(network, 16, grid=2, name="features")(images)
    mos = layers.MOS(scale=0.1, metadata=METADATA)(features[:, -1:], images)
    return keras.Model(images, mos)


def types_of(content):
    """Returns the type of what each operation writes, by its name."""
    types = {value: name for name, value in vars(schema.TensorType).items()}
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    (graph,) = model.subgraphs
    results = [graph.tensors[op.outputs[0]] for op in graph.operators]
    return {one.name.decode(): types[one.type] for one in results}


def test_int8_is_for_the_trunk_alone():
    seen = example_images.generated(4, size=(48, 48))
    content = conversion.converted(
        generated_weights(), precision="int8", representative=seen
    )
    types = types_of(content)
    integers = [name for name, kind in types.items() if kind == "INT8"]
    assert any("Relu" in name for name in integers)
    assert any("max_pooling2d" in name for name in integers)
    kinds = {kind for name, kind in types.items() if quantized.GENERATED in name}
    assert kinds == {"FLOAT32"}
    assert not any("mos" in name or "features/Mean" in name for name in integers)


def test_int8_wants_convolutions():
    images = keras.Input((None, None, 3))
    features = keras.layers.GlobalAveragePooling2D(name="features")(images)
    quality = keras.layers.Dense(1)(features)
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))
    with pytest.raises(ValueError, match="outside of loops"):
        conversion.converted(scorer, precision="int8", representative=SCENES)


def test_int8_reaches_convolutions_that_loop_over_tiles_otherwise():
    content = conversion.converted(
        toy_scorer(coverage="full"), precision="int8", representative=SCENES
    )
    assert "INT8" in types_of(content).values()


def test_only_what_convolutions_enclose_is_trunk():
    content = conversion.converted(generated_weights())
    outside = quantized.outside_of_trunk(content)
    inside = set(types_of(content)) - outside
    assert len(inside) == 3
    assert sum("Relu" in name for name in inside) == 2
    assert sum("MaxPool" in name for name in inside) == 1


def test_first_layers_of_lite_and_statistics_of_pixels_stay_in_floats():
    images = keras.Input((None, None, 3))
    x = images
    for name in ("stem_conv", "block0_conv", "block1_conv", "block10_conv"):
        x = keras.layers.Conv2D(3, 1, activation="relu", name=name)(x)
    network = keras.Model(images, x, name="efficientnet_lite0")
    pixels = keras.Input((None, None, 3))
    scaled = keras.layers.Conv2D(3, 1, name="pixel_maps")(pixels)
    features = keras.layers.GlobalAveragePooling2D(name="features")(network(scaled))
    quality = keras.layers.Dense(1)(features)
    scorer = keras.Model(pixels, layers.MOS(metadata=METADATA)(quality, pixels))
    content = conversion.converted(scorer)
    inside = set(types_of(content)) - quantized.outside_of_trunk(content)
    assert len(inside) == 2
    assert {"block1_" in name for name in inside} == {True, False}
    assert any("block10_" in name for name in inside)


def test_full_integer_takes_and_gives_integers(scorer, tmp_path):
    result = tflite.export(
        scorer,
        tmp_path / "a.tflite",
        precision="int8",
        full_integer=True,
        size=(40, 56),
        images=[*(toy_image(seed) for seed in range(10)), *PICTURES],
        representative=[toy_image(seed) for seed in range(10)],
        allow_disagreement=True,
    )
    assert result.srocc > 0.9
    assert not result.bar.has_nan
    types = set(types_of((tmp_path / "a.tflite").read_bytes()).values())
    assert types <= {"INT8", "UINT8", "INT32", "BOOL"}
    assert "no NaN" in (tmp_path / "a.tflite.md").read_text()


def test_a_fixed_size_is_fixed(scorer, tmp_path):
    tflite.export(scorer, tmp_path / "a.tflite", size=(33, 47), images=PICTURES)
    run = conversion.runner((tmp_path / "a.tflite").read_bytes())
    one = toy_image(3, 33, 47)
    mos = run(np.stack([one, one]).astype("float32") / 255)
    np.testing.assert_allclose(mos[:, 0], predictor(scorer)(one), rtol=1e-4)
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(tmp_path / "a.tflite"))
    assert interpreter.get_input_details()[0]["shape_signature"].tolist() == [
        *(1, 33, 47, 3)
    ]


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (lambda x: tf.image.resize(x, (8, 8), antialias=True), "ScaleAndTranslate"),
        (lambda x: tf.image.adjust_contrast(x, 2.0), "AdjustContrastv2"),
    ],
)
@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_operations_that_litert_lacks_are_named(tmp_path, operation, name, precision):
    class Foreign(keras.layers.Layer):
        def call(self, images):
            return operation(images)

    images = keras.Input((None, None, 3))
    features = keras.layers.GlobalAveragePooling2D(name="features")(Foreign()(images))
    quality = keras.layers.Dense(1)(features)
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))
    with pytest.raises(ValueError, match=rf"Received: (Flex)?{name}$"):
        tflite.export(
            scorer, tmp_path / "a.tflite", precision=precision, images=PICTURES
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision": "int4"}, "precision='int4'"),
        ({"full_integer": True}, "precision='float32'"),
    ],
)
def test_other_precisions_are_refused(scorer, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        tflite.export(scorer, tmp_path / "a.tflite", **options)


def test_other_suffixes_are_refused(scorer, tmp_path):
    with pytest.raises(ValueError, match=r"`\.tflite` file"):
        tflite.export(scorer, tmp_path / "a.lite")


def test_metadata_changes_no_score(scorer):
    content = conversion.converted(scorer)
    facts = {**METADATA, "range": [0.0, 100.0], "input": "", "direction": ""}
    facts |= {"flat": "", "score": "", "exported_by": ""}
    whole = embedded.embed(content, facts, "card")
    images = np.stack(PICTURES).astype("float32") / 255
    np.testing.assert_array_equal(
        conversion.runner(whole)(images), conversion.runner(content)(images)
    )
    # The same twice: no date, no chance.
    assert embedded.embed(content, facts, "card") == whole
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert set(archive.namelist()) == set(embedded.FILES.values())


def test_gate_sees_the_loss_of_a_wrong_calibration(scorer, tmp_path):
    dark = [np.clip(one // 64, 0, 255) for one in SCENES]
    with pytest.raises(parity.Disagreement, match="SROCC"):
        tflite.export(
            scorer,
            tmp_path / "a.tflite",
            precision="int8",
            full_integer=True,
            images=[toy_image(seed) for seed in range(10)],
            representative=dark,
        )
    assert not list(tmp_path.iterdir())
