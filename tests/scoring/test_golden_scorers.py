"""Scorers and encoders saved by an earlier version load, and say what they said."""

import copy
import json

import keras
import numpy as np
import pytest

from tests.support import forked
from tests.support import golden_files
from tests.support.golden_files import GOLDEN
from tfiqa import layers
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.serialization import register_all

register_all()

SAID = dict(np.load(GOLDEN / "scorers.npz"))
ON_TENSORFLOW = keras.backend.backend() == "tensorflow"

# Convolutions of another backend add in another order.
RTOL = 1e-5 if ON_TENSORFLOW else 1e-3
OBJECTS = json.loads((GOLDEN / "objects.json").read_text())


def names(kind):
    return sorted(
        name.removeprefix(f"{kind}/") for name in SAID if name.startswith(kind)
    )


def has_double():
    """Returns whether the backend computes in double precision."""
    tensor = keras.ops.convert_to_tensor(np.zeros(1))
    return keras.backend.standardize_dtype(tensor.dtype) == "float64"


def assert_said(model, name):
    expected = SAID[name]
    # Features near zero are compared with the largest one.
    atol = RTOL * np.abs(expected).max()
    np.testing.assert_allclose(
        golden_files.output_of(model), expected, rtol=RTOL, atol=atol
    )


def test_there_is_a_golden_number_for_each_file():
    files = {path.stem for path in GOLDEN.glob("*.keras")}
    assert files == {*names("scorer"), *names("encoder")} - {"niqe", "ilniqe", "photo"}
    assert len(files) >= 27


@pytest.fixture(scope="module", params=names("scorer"))
def scorer(request):
    """The name of a scorer, and the scorer."""
    return request.param, golden_files.load_scorer(request.param)


def test_scorer_scores_as_it_did(scorer):
    name, model = scorer
    if "niqe" in name and not has_double():
        pytest.skip("double precision on JAX needs JAX_ENABLE_X64=1")
    assert_said(model, f"scorer/{name}")


@pytest.mark.parametrize("name", names("encoder"))
def test_encoder_describes_as_it_did(name):
    assert_said(load_encoder(GOLDEN / f"{name}.keras"), f"encoder/{name}")


def test_scorer_is_saved_as_it_was(scorer, tmp_path):
    name, model = scorer
    if name in ("niqe", "ilniqe", "photo"):
        pytest.skip("no file of the golden ones")
    assert_saved_as_it_was(model, name, tmp_path)


@pytest.mark.parametrize("name", names("encoder"))
def test_encoder_is_saved_as_it_was(name, tmp_path):
    model = keras.saving.load_model(GOLDEN / f"{name}.keras", compile=False)
    assert_saved_as_it_was(model, name, tmp_path)


def assert_saved_as_it_was(model, name, folder):
    """What is saved now has the registered names, config keys and weight paths."""
    path = GOLDEN / f"{name}.keras"
    again = folder / path.name
    model.save(again)
    saved, known = (golden_files.stored_config(one) for one in (again, path))
    if isinstance(model, layers.Scorer):  # Older files have the model of Keras itself.
        assert known.pop("class_name") == known.pop("registered_name") == "Functional"
        assert saved.pop("registered_name") == "tfiqa>Scorer"
    assert saved == known
    result, expected = (golden_files.stored_arrays(one) for one in (again, path))
    assert result.keys() == expected.keys()
    for name, array in expected.items():
        assert result[name].dtype == array.dtype, name
        np.testing.assert_array_equal(result[name], array, name)


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_config_of_an_object_is_read_and_written_as_it_was(name):
    made = keras.saving.deserialize_keras_object(copy.deepcopy(OBJECTS[name]))
    written = json.loads(json.dumps(keras.saving.serialize_keras_object(made)))
    assert golden_files.without_places(written) == golden_files.without_places(
        OBJECTS[name]
    )


def test_every_registered_class_is_in_a_golden_file():
    interface = json.loads((GOLDEN / "interface.json").read_text())
    stored = json.dumps(OBJECTS) + "".join(
        json.dumps(golden_files.stored_config(path)) for path in GOLDEN.glob("*.keras")
    )
    missing = {name for name in interface["registered"] if f'"{name}"' not in stored}
    assert missing == {"tfiqa>ViewContrast"}  # Never saved but as weights.


def test_fresh_process_loads_every_scorer():
    code = "import sys, tfiqa; [*map(tfiqa.load_scorer, sys.argv[1:])]"
    files = [GOLDEN / f"{name}.keras" for name in names("scorer")]
    paths = [str(path) for path in files if path.exists()]
    done = forked.run("-c", code, *paths)
    assert done.returncode == 0, done.stderr[-2000:]
