"""Tests of loading and saving files, as scorers and encoders are loaded."""

import ast
import io
import zipfile

import h5py
import keras
import numpy as np
import pytest

from tests.support import forked
from tests.support.fresh import ROOT
from tests.support.fresh import run_fresh
from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import layers
from tfiqa.backbones.vision_transformer import vision_transformer
from tfiqa.scoring import serialization
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import covered_share
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.scorer import set_coverage
from tfiqa.scoring.serialization import load_model
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.serialization import save_model

both = pytest.mark.parametrize(
    ("load", "what"), [(load_scorer, "A scorer"), (load_encoder, "An encoder")]
)


@both
def test_archives_without_a_model_are_told(tmp_path, load, what):
    path = tmp_path / "empty.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no model")
    with pytest.raises(ValueError, match=rf"{what} that Keras can.*empty.*KeyError"):
        load(path)


@both
def test_damaged_files_are_told(tmp_path, load, what):
    path = tmp_path / "cut.keras"
    toy_scorer().save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match=rf"{what} in a `\.keras` file.*cut\.keras"):
        load(path)


@both
def test_layers_that_are_missing_are_told(tmp_path, load, what):
    path, changed = tmp_path / "known.keras", tmp_path / "strange.keras"
    toy_scorer().save(path)
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content.replace(b"AveragePooling", b"Unknown"))
    with pytest.raises(ValueError, match=rf"{what} that.*GlobalUnknown2D"):
        load(changed)


@both
def test_what_is_no_model_is_told(tmp_path, load, what):
    path = tmp_path / "layer.keras"
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    keras.saving.save_model(layer, path)
    with pytest.raises(ValueError, match=rf"{what}, a functional model.*Dense"):
        load(path)


def registered_classes():
    """Returns the folder of each registered Keras class, found in the source alone."""
    folders = {}
    for path in [*(ROOT / "tfiqa").rglob("*.py"), *(ROOT / "export").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ClassDef):
                continue
            for decorator in map(ast.unparse, node.decorator_list):
                if "register_keras_serializable" in decorator:
                    assert "package='tfiqa'" in decorator, path
                    folders[f"tfiqa>{node.name}"] = path.relative_to(ROOT).parts[1]
    return folders


UNKNOWN = """
import sys
import keras
from tfiqa.scoring import serialization

{statement}
unknown = [n for n in sys.argv[1:] if keras.saving.get_registered_object(n) is None]
print("unknown:", *unknown, "| heavy:", *({{"tensorflow"}} & sys.modules.keys()))
"""


def test_a_fresh_process_knows_every_class_of_layers_and_losses():
    folders = registered_classes()
    assert {"tfiqa>MOS", "tfiqa>TokenMaps", "tfiqa>ViewContrast"} <= folders.keys()
    on_demand = {package.rpartition(".")[2] for package in serialization.ON_DEMAND}
    names = [name for name, folder in folders.items() if folder not in on_demand]
    printed = run_fresh(UNKNOWN.format(statement=""), *names, KERAS_BACKEND="jax")
    assert printed.splitlines()[-1].split() == ["unknown:", "|", "heavy:"]


def test_a_fresh_process_can_learn_every_class():
    code = UNKNOWN.format(statement="serialization.register_all()")
    printed = forked.run("-c", code, *registered_classes()).stdout
    assert printed.splitlines()[-1].startswith("unknown: |")


def test_a_transformer_loads_in_a_fresh_process(tmp_path):
    keras.utils.set_random_seed(0)
    trunk = vision_transformer(False, side=32, depth=4, heads=2, length=8)
    images = keras.Input((None, None, 3))
    pooled = keras.layers.GlobalAveragePooling2D(name="features")
    quality = keras.layers.Dense(1)(pooled(trunk(images)[-1]))
    scorer = keras.Model(images, layers.MOS(metadata=METADATA)(quality, images))
    save_model(scorer, tmp_path / "scorer.keras")
    code = """
import sys
import numpy as np
import tfiqa

scorer = tfiqa.load_scorer(sys.argv[1])
images = np.random.default_rng(0).uniform(0, 255, (1, 32, 64, 3)).astype("float32")
print(float(scorer(images)[0, 0]))
"""
    printed = forked.run("-c", code, tmp_path / "scorer.keras").stdout

    pixels = np.random.default_rng(0).uniform(0, 255, (1, 32, 64, 3)).astype("float32")
    expected = float(keras.ops.convert_to_numpy(scorer(pixels))[0, 0])
    assert float(printed.split()[-1]) == pytest.approx(expected, rel=1e-5)


def test_saved_models_load(tmp_path):
    scorer = toy_scorer()
    path = save_model(scorer, tmp_path / "a.keras")
    assert path == tmp_path / "a.keras"
    for old, new in zip(
        scorer.get_weights(), load_model(path).get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_save_leaves_the_old_file(tmp_path):
    class Failing(keras.layers.Layer):
        def call(self, inputs):
            return 2 * inputs

        def save_own_variables(self, store):
            raise KeyboardInterrupt

    images = keras.Input((3,))
    path = tmp_path / "a.keras"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        save_model(keras.Model(images, Failing()(images)), path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`\.keras` file.*a\.h5"):
        save_model(toy_scorer(), tmp_path / "a.h5")


def test_a_missing_model_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"A model.*none\.keras"):
        load_model(tmp_path / "none.keras")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("min_side", "16"), ("min_side", None), ("min_side", [1]), ("min_side", -1)),
        *(("patch", 96), ("patch", {"size": "96", "stride": 1}), ("patch", {"x": 1})),
        *(("mos_range", [1]), ("mos_range", "0..1"), ("mos_range", [0, None])),
    ],
)
def test_metadata_of_wrong_types_is_told(tmp_path, name, value):
    toy_scorer(**{name: value}).save(tmp_path / "s.keras")
    with pytest.raises(ValueError, match=f"Received: {name}="):
        load_scorer(tmp_path / "s.keras")


def test_a_scorer_without_features_has_no_crops(tmp_path):
    images = keras.Input((None, None, 3))
    quality = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling2D()(images))
    mos = layers.MOS(metadata=METADATA)(quality, images)
    keras.Model(images, mos).save(tmp_path / "s.keras")
    scorer = load_scorer(tmp_path / "s.keras")
    assert covered_share(scorer, 40, 60) == 1.0
    with pytest.raises(ValueError, match="not crops of them"):
        set_coverage(scorer, "full")


def test_a_file_that_unpacks_to_far_more_is_refused(tmp_path):
    toy_scorer().save(tmp_path / "s.keras")
    with zipfile.ZipFile(tmp_path / "s.keras", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb", bytes(300 << 20))
    with pytest.raises(ValueError, match="unpacks to"):
        load_scorer(tmp_path / "s.keras")


@pytest.mark.parametrize("name", ["hyperiqa", "linear_probe", "contrique", "reiqa"])
def test_the_order_of_channels_that_keras_is_set_to_does_not_count(name):
    path = ROOT / "tests" / "golden" / f"{name}.keras"
    pixels = toy_image(3, 64, 72)
    expected = predictor(load_scorer(path))(pixels)
    keras.config.set_image_data_format("channels_first")
    try:
        result = predictor(load_scorer(path))(pixels)
        assert keras.config.image_data_format() == "channels_first"
    finally:
        keras.config.set_image_data_format("channels_last")
    assert result == pytest.approx(expected, rel=1e-5)


def _with_weights(path, change):
    """Changes the HDF5 file in a scorer's file; `change` gets it and a name in it."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(members["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        names = []
        file.visititems(
            lambda name, item: names.append(name) if hasattr(item, "shape") else None
        )
        change(file, next(name for name in names if file[name].ndim == 4))
    members["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _replace(file, name, **dataset):
    del file[name]
    file.create_dataset(name, **dataset)


@pytest.mark.parametrize(
    "change",
    [
        lambda file, name: _replace(file, name, data=np.zeros((2, 2, 3, 4), "f4")),
        lambda file, name: _replace(file, name, shape=(10**6, 10**6), dtype="f4"),
        lambda file, name: _replace(file, name, data=b"text"),
        lambda file, name: file.pop(name),
    ],
    ids=["another shape", "4 TB", "text", "nothing"],
)
def test_weights_that_do_not_fit_are_told_on_one_line(tmp_path, change):
    path = save_model(toy_scorer(), tmp_path / "s.keras")
    _with_weights(path, change)
    with pytest.raises(ValueError, match=r"^A scorer that Keras can load.*$"):
        load_scorer(path)


def test_scores_do_not_depend_on_settings_of_keras(tmp_path):
    path = save_model(toy_scorer(), tmp_path / "s.keras")
    expected = predictor(load_scorer(path))(toy_image(1))
    before = keras.config.dtype_policy(), keras.config.floatx()
    keras.config.set_floatx("float16")
    keras.config.set_dtype_policy("mixed_float16")
    keras.config.set_image_data_format("channels_first")
    try:
        result = predictor(load_scorer(path))(toy_image(1))
        assert keras.config.floatx() == "float16"
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_image_data_format("channels_last")
        keras.config.set_floatx(before[1])
        keras.config.set_dtype_policy(before[0])
    assert result == expected
