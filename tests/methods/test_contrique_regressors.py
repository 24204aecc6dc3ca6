"""The published regressors, in files of their form that are made here."""

import pickle
import pickletools
import re

import keras
import numpy as np
import pytest

from tests.support.toy_scorer import toy_image
from tfiqa.methods import contrique
from tfiqa.methods.contrique import regressors
from tfiqa.scoring import scorer as scorers

WEIGHTS = np.random.default_rng(0).normal(size=4096).astype("<f4")
INTERCEPT = np.float32(53.5)


class Ridge:
    """Pickled under its name, as scikit-learn's would be."""


class Trap:
    """Would be noticed if the file were unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("the pickle was run",))


def write(path, *, weights=WEIGHTS, intercept=INTERCEPT, kind=Ridge, **more):
    model = kind()
    attributes = {
        **{"alpha": 0.1, "fit_intercept": True, "tol": 1e-3, "n_features_in_": 4096},
        **{"coef_": weights, "intercept_": intercept},
    }
    for name, value in (attributes | more).items():
        setattr(model, name, value)
    path.write_bytes(pickle.dumps(model, protocol=3))
    return path


@pytest.fixture(scope="module")
def encoder():
    """A small encoder of 4096 features of length about one."""
    images = keras.Input((None, None, 3))
    means = keras.layers.GlobalAveragePooling2D()(images)
    kernel = keras.initializers.RandomNormal(0, 1e-4, seed=1)
    dense = keras.layers.Dense(4096, kernel_initializer=kernel, name="features")
    return keras.Model(images, dense(means))


def test_reads_the_arrays_and_runs_nothing(tmp_path):
    path = write(tmp_path / "CLIVE.save", solver=Trap())
    ridge = regressors.read_regressor(path)
    np.testing.assert_array_equal(ridge.weights, WEIGHTS)
    assert ridge.bias == 53.5


def test_the_form_is_that_of_the_published_files(tmp_path):
    content = write(tmp_path / "CLIVE.save").read_bytes()
    names = {op.name for op, *_ in pickletools.genops(content)}
    assert {"BINBYTES", "SHORT_BINBYTES", "GLOBAL", "BINUNICODE"} <= names


@pytest.mark.parametrize(
    ("name", "sign", "worst_to_best"),
    [("CLIVE", 1, [0, 100]), ("LIVE", -1, [-3, 112]), ("CSIQ", -1, [0, 1])],
)
def test_scores_are_turned_so_that_higher_is_better(
    encoder, tmp_path, name, sign, worst_to_best
):
    path = write(tmp_path / f"{name}.save", intercept=np.float32(0.25))
    scorer = contrique.with_regressor(encoder, path)
    image = toy_image(3)[None].astype("float32")
    said = (keras.ops.convert_to_numpy(encoder(image)) @ WEIGHTS + 0.25).item()
    expected = said if sign > 0 else sum(worst_to_best) - said
    assert float(scorer(image)[0, 0]) == pytest.approx(expected, rel=1e-4)
    metadata = scorers.metadata(scorer)
    assert metadata["mos_range"] == worst_to_best
    assert ("turned" in metadata["unit"]) == (sign < 0)


def test_identical_pictures_give_the_turned_intercept(encoder, tmp_path):
    path = write(tmp_path / "CSIQ_FR.save", intercept=np.float32(-0.044092))
    scorer = contrique.with_regressor(encoder, path)
    image = toy_image(3)[None].astype("float32")
    assert float(scorer([image, image])[0, 0]) == pytest.approx(1.044092, abs=1e-6)
    other = toy_image(9)[None].astype("float32")
    assert abs(float(scorer([image, other])[0, 0]) - 1.044092) > 1e-4


@pytest.mark.parametrize(
    "options",
    [
        {"weights": WEIGHTS[:100]},
        {"weights": WEIGHTS.astype("<f8")},
        {"intercept": 1.0},
        {"weights": np.full(4096, np.nan, "<f4")},
        {"kind": type("Lasso", (), {"__module__": __name__})},
    ],
)
def test_other_files_are_told(tmp_path, options, monkeypatch):
    if "kind" in options:
        monkeypatch.setitem(globals(), "Lasso", options["kind"])
    path = write(tmp_path / "LIVE.save", **options)
    with pytest.raises(ValueError, match=r"LIVE\.save") as message:
        regressors.read_regressor(path)
    if len(options.get("weights", WEIGHTS)) == 100:
        assert re.search(
            r"with .*Ridge.* and .*400.* bytes of numbers", str(message.value)
        )


def test_files_that_are_no_pickles_are_told(tmp_path):
    (tmp_path / "LIVE.save").write_bytes(b"no pickle")
    with pytest.raises(ValueError, match="not a readable pickle"):
        regressors.read_regressor(tmp_path / "LIVE.save")


def test_unknown_names_are_told(encoder, tmp_path):
    path = write(tmp_path / "mine.save")
    with pytest.raises(ValueError, match=r"CLIVE, Koniq.*mine\.save"):
        contrique.with_regressor(encoder, path)


def test_an_encoder_of_other_features_is_told(tmp_path):
    images = keras.Input((None, None, 3))
    means = keras.layers.GlobalAveragePooling2D()(images)
    small = keras.Model(images, keras.layers.Dense(512)(means), name="small")
    with pytest.raises(ValueError, match=r"4096 features .*'small' with 512"):
        contrique.with_regressor(small, write(tmp_path / "LIVE.save"))
