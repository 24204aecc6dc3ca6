"""Tests of the reading of foreign weight files."""

import io
import pickle
import sys
import zipfile

import numpy as np
import pytest

from tests.backbones.test_torch_pickle import tensor
from tests.backbones.test_torch_pickle import written
from tfiqa.backbones import checkpoints

ARRAYS = {"a.weight": np.arange(6.0).reshape(2, 3), "b.bias": np.ones(2)}


def assert_same(result):
    assert result.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(result[name], array)


def test_npz(tmp_path):
    np.savez(tmp_path / "w.npz", **ARRAYS)
    assert_same(checkpoints.read_arrays(tmp_path / "w.npz"))


def test_safetensors(tmp_path):
    numpy_files = pytest.importorskip("safetensors.numpy", reason="no safetensors")
    numpy_files.save_file(ARRAYS, tmp_path / "w.safetensors")
    assert_same(checkpoints.read_arrays(tmp_path / "w.safetensors"))


@pytest.mark.parametrize("key", [None, "state_dict", "params"])
def test_torch(tmp_path, key):
    torch = pytest.importorskip("torch", reason="no torch")
    tensors = {name: torch.tensor(array) for name, array in ARRAYS.items()}
    torch.save({key: tensors} if key else tensors, tmp_path / "w.pth")
    assert_same(checkpoints.read_arrays(tmp_path / "w.pth"))


def test_old_files_of_torch_need_no_torch(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    numbers = np.arange(6, dtype="<f4")
    table = {"a.weight": tensor("1", 6, 0, (2, 3), (3, 1))}
    path = written(tmp_path / "w.pkl", table, {"1": numbers})
    np.testing.assert_array_equal(
        checkpoints.read_arrays(path)["a.weight"], numbers.reshape(2, 3)
    )
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ImportError, match=r"tfiqa\[convert\]"):
        checkpoints.read_arrays(path)


class Mischief:
    def __reduce__(self):
        return (print, ("this must not run",))


def test_code_in_a_torch_file_is_not_run(tmp_path, capsys):
    torch = pytest.importorskip("torch", reason="no torch")
    torch.save({"a": Mischief()}, tmp_path / "w.pth")
    with pytest.raises(ValueError, match="not a readable torch checkpoint"):
        checkpoints.read_arrays(tmp_path / "w.pth")
    assert "must not run" not in capsys.readouterr().out


def test_objects_in_an_npz_file_are_not_unpickled(tmp_path):
    np.savez(tmp_path / "w.npz", a=np.array([Mischief()], dtype=object))
    with pytest.raises(ValueError, match="not a readable"):
        checkpoints.read_arrays(tmp_path / "w.npz")


@pytest.mark.parametrize("name", ["w.npz", "w.safetensors", "w.pth"])
def test_garbage_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(pickle.dumps([1, 2, 3]) * 50)
    if name != "w.npz":
        pytest.importorskip(
            {"w.pth": "torch"}.get(name, "safetensors"), reason="absent"
        )
    with pytest.raises(ValueError, match=rf"{name} is not a readable"):
        checkpoints.read_arrays(tmp_path / name)


@pytest.mark.parametrize("name", ["missing.npz", "w.zip"])
def test_other_files_are_refused(tmp_path, name):
    (tmp_path / "w.zip").touch()
    with pytest.raises(ValueError, match=name):
        checkpoints.read_arrays(tmp_path / name)


def test_take_passes_over_counters_and_prefixes():
    renamed = {f"module.{name}": array for name, array in ARRAYS.items()}
    renamed["module.bn.num_batches_tracked"] = np.array(3)
    shapes = {name: array.shape for name, array in ARRAYS.items()}
    assert_same(checkpoints.take(renamed, shapes))


def test_take_names_all_faults_at_once():
    shapes = {"a.weight": (3, 2), "c.bias": (1,)}
    with pytest.raises(ValueError, match="does not fit") as caught:
        checkpoints.take(ARRAYS, shapes)
    for part in (
        "missing (1): c.bias",
        "superfluous (1): b.bias",
        "of another shape (1): a.weight (2, 3), expected (3, 2)",
    ):
        assert part in str(caught.value)


def archive(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("_", "."), content)
    return path


def declared(shape):
    """Returns the beginning of a `.npy` file of zeros, as its header declares them."""
    file = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "holds no arrays"),
        ({"a_txt": b"words"}, "magic"),
        ({"a_npy": b""}, "EOF|magic"),
        ({"a_npy": declared((100_000_000_000,)) + bytes(80)}, "declares 800,000"),
        ({"a_npy": declared((10**30,)) + bytes(80)}, "declares"),
        ({"a_npy": declared((2,)) + bytes(8)}, "declares"),
        ({"a_npy": declared((1 << 26,)) + bytes(1 << 29)}, "unpacks to"),
    ],
)
def test_archives_that_lie_are_told_before_anything_is_allocated(
    tmp_path, members, message
):
    with pytest.raises(ValueError, match=message):
        checkpoints.read_arrays(archive(tmp_path / "w.npz", **members))


@pytest.mark.parametrize("content", [b"", b"x" * 50, bytes(50), b"MATLAB 5.0" * 30])
def test_matlab_files_that_are_none_are_refused(tmp_path, content):
    (tmp_path / "w.mat").write_bytes(content)
    with pytest.raises(ValueError, match=r"not a readable \.mat file"):
        checkpoints.read_arrays(tmp_path / "w.mat")
