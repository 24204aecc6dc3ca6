"""States of trainings that are cut short on disk: an error that names the file."""

import contextlib
import json

import keras
import numpy as np
import pytest

from tfiqa.trainers.state import StateError
from tfiqa.trainers.state import TrainingState


@pytest.fixture(scope="module")
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    return model


@pytest.fixture
def folder(model, tmp_path):
    """The state after an epoch."""
    state = TrainingState(tmp_path, monitor=None)
    state.set_model(model)
    state.on_epoch_end(0, {"loss": 1.0})
    return tmp_path / "state-0000"


def test_a_whole_state_is_restored(model, folder):
    assert TrainingState(folder.parent, monitor=None).restore(model) == (1, 0)


@pytest.mark.parametrize("name", ["weights.npz", "optimizer.npz", "log.json"])
@pytest.mark.parametrize("left", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_file_cut_short_is_named(model, folder, name, left):
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[: int(left * len(content))])
    with pytest.raises(StateError, match=rf"{name} is damaged .*--overwrite"):
        TrainingState(folder.parent, monitor=None).restore(model)


@pytest.mark.parametrize("name", ["weights.npz", "optimizer.npz"])
@pytest.mark.parametrize("seed", range(10))
def test_flipped_bits_are_seen_or_change_nothing(model, folder, name, seed):
    before = model.get_weights()
    path, rng = folder / name, np.random.default_rng(seed)
    content = bytearray(path.read_bytes())
    content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    path.write_bytes(bytes(content))
    with contextlib.suppress(StateError):
        TrainingState(folder.parent, monitor=None).restore(model)
        for one, other in zip(model.get_weights(), before, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("content", ["[]", "{}", "3", '"log"', "{"])
def test_a_log_of_another_kind_is_named(model, folder, content):
    (folder / "log.json").write_text(content)
    with pytest.raises(StateError, match=r"log\.json is damaged"):
        TrainingState(folder.parent, monitor=None).restore(model)


def test_objects_in_a_state_are_not_unpickled(model, folder):
    np.savez(folder / "weights.npz", **{"0": np.array([json], object)[:0]})
    with pytest.raises(StateError, match="damaged"):
        TrainingState(folder.parent, monitor=None).restore(model)
    np.savez(folder / "weights.npz", **{"0": np.array([print], object)})
    with pytest.raises(StateError, match="allow_pickle"):
        TrainingState(folder.parent, monitor=None).restore(model)
