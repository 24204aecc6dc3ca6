"""Tests of reading old files of `torch.save`, written here byte by byte."""

import collections
import io
import os
import pickle
import zipfile

import numpy as np
import pytest

from tfiqa.backbones import torch_pickle


class _Named:
    """Pickles as a name of another module, which need not exist here."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class _Call:
    """Pickles as a call of a named function."""

    def __init__(self, function, arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


class _Writer(pickle._Pickler):  # The pure-Python one, whose output can be changed.
    def persistent_id(self, obj):
        return obj[1:] if isinstance(obj, tuple) and obj[:1] == ("storage!",) else None

    def save(self, obj, save_persistent_id=True):
        if isinstance(obj, _Named):
            self.write(f"c{obj.module}\n{obj.name}\n".encode())
        elif isinstance(obj, _Call):
            self.save(obj.function)
            super().save(tuple(obj.arguments))
            self.write(b"R")
        else:
            super().save(obj, save_persistent_id)


FLOATS = _Named("torch", "FloatStorage")
REBUILD = _Named("torch._utils", "_rebuild_tensor_v2")


def tensor(key, count, offset, shape, strides, kind=FLOATS):
    storage = ("storage!", "storage", kind, key, "cpu", count, None)
    hooks = collections.OrderedDict()
    return _Call(REBUILD, (storage, offset, shape, strides, False, hooks))


def pickled(*objects):
    file = io.BytesIO()
    for obj in objects:
        _Writer(file, 2).dump(obj)
    return file.getvalue()


def written(path, table, storages, **changes):
    facts = {"magic": torch_pickle.MAGIC_NUMBER, "protocol": 1001, "little": True}
    facts |= changes
    head = {"protocol_version": 1001, "little_endian": facts["little"]}
    stored = pickled(facts["magic"], facts["protocol"], head, table, list(storages))
    for numbers in storages.values():
        stored += len(numbers).to_bytes(8, "little") + numbers.tobytes()
    path.write_bytes(stored)
    return path


def test_tensors_of_any_strides(tmp_path):
    numbers = np.arange(24, dtype="<f4")
    table = collections.OrderedDict(
        whole=tensor("7", 24, 0, (2, 3, 4), (12, 4, 1)),
        turned=tensor("7", 24, 0, (4, 3, 2), (1, 4, 12)),
        part=tensor("7", 24, 5, (2, 2), (8, 3)),
        single=tensor("7", 24, 9, (), ()),
        none=tensor("7", 24, 0, (0, 3), (3, 1)),
    )
    result = torch_pickle.read_tensors(
        written(tmp_path / "w.pth", table, {"7": numbers})
    )
    assert list(result) == list(table)
    block = numbers.reshape(2, 3, 4)
    np.testing.assert_array_equal(result["whole"], block)
    np.testing.assert_array_equal(result["turned"], block.transpose(2, 1, 0))
    np.testing.assert_array_equal(result["part"], [[5, 8], [13, 16]])
    assert result["single"] == 9
    assert result["none"].shape == (0, 3)
    assert all(array.flags["C_CONTIGUOUS"] for array in result.values())


def test_storages_of_mixed_types_in_the_order_of_their_keys(tmp_path):
    longs = _Named("torch", "LongStorage")
    table = {
        "a": tensor("1", 2, 0, (2,), (1,)),
        "b": tensor("0", 3, 0, (3,), (1,), longs),
    }
    storages = {"0": np.array([1, 2, 3], "<i8"), "1": np.array([0.5, 1.5], "<f4")}
    result = torch_pickle.read_tensors(written(tmp_path / "w.pth", table, storages))
    assert result["b"].tolist() == [1, 2, 3]
    assert result["b"].dtype == np.int64
    assert result["a"].tolist() == [0.5, 1.5]


@pytest.mark.parametrize(
    "call",
    [
        _Call(_Named("os", "system"), ("touch harmed",)),
        _Call(_Named("builtins", "eval"), ("open('harmed', 'w')",)),
        _Call(_Named("torch._utils", "_rebuild_parameter"), (1,)),
        _Call(_Named("numpy", "frombuffer"), (b"",)),
    ],
)
def test_other_functions_are_refused_and_not_called(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path / "w.pth", {"a": call}, {})
    with pytest.raises(ValueError, match=f"asks for `{call.function.module}"):
        torch_pickle.read_tensors(path)
    assert os.listdir(tmp_path) == ["w.pth"]


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [((5,), (1,), 0), ((2, 2), (3, 1), 0), ((1,), (1,), 4), ((2,), (-1,), 3)],
)
def test_tensors_beyond_their_storage_are_refused(tmp_path, shape, strides, offset):
    table = {"a": tensor("0", 4, offset, shape, strides)}
    path = written(tmp_path / "w.pth", table, {"0": np.zeros(4, "<f4")})
    with pytest.raises(ValueError, match="a tensor"):
        torch_pickle.read_tensors(path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"magic": 5}, "magic number"),
        ({"protocol": 1002}, "protocol"),
        ({"little": False}, "big-endian"),
    ],
)
def test_other_kinds_of_files_are_refused(tmp_path, changes, reason):
    with pytest.raises(ValueError, match=reason):
        torch_pickle.read_tensors(written(tmp_path / "w.pth", {}, {}, **changes))


def test_a_file_that_ends_early_is_refused_wherever_it_ends(tmp_path):
    table = {"a": tensor("0", 4, 0, (4,), (1,))}
    path = written(tmp_path / "w.pth", table, {"0": np.zeros(4, "<f4")})
    stored = path.read_bytes()
    for length in range(len(stored)):
        path.write_bytes(stored[:length])
        with pytest.raises(ValueError, match=r"`torch\.save` wrote is expected"):
            torch_pickle.read_tensors(path)


def test_what_is_no_table_of_tensors_is_refused(tmp_path):
    for table in ([1, 2], {"a": 3}, {4: tensor("0", 0, 0, (0,), (1,))}):
        path = written(tmp_path / "w.pth", table, {})
        with pytest.raises(ValueError, match="more than tensors by name"):
            torch_pickle.read_tensors(path)


def archived(path, tensors, storages, *, byteorder=b"little", more=None):
    """Writes what `torch.save` writes since version 1.6."""
    pickled = io.BytesIO()
    _Writer(pickled, protocol=2).dump({**tensors, **(more or {})})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled.getvalue())
        archive.writestr("archive/byteorder", byteorder)
        for key, numbers in storages.items():
            archive.writestr(f"archive/data/{key}", numbers.tobytes())
        archive.writestr("archive/version", b"3\n")
    return path


def test_archives_of_newer_versions(tmp_path):
    numbers = np.arange(12, dtype="<f4")
    path = archived(
        tmp_path / "w.pth",
        {
            "a": tensor("0", 12, 0, (3, 4), (4, 1)),
            "transposed": tensor("0", 12, 0, (4, 3), (1, 4)),
            "part": tensor("0", 12, 5, (2,), (3,)),
        },
        {"0": numbers},
    )
    result = torch_pickle.read_tensors(path)
    np.testing.assert_array_equal(result["a"], numbers.reshape(3, 4))
    np.testing.assert_array_equal(result["transposed"], numbers.reshape(3, 4).T)
    np.testing.assert_array_equal(result["part"], numbers[[5, 8]])
    assert all(array.flags["C_CONTIGUOUS"] for array in result.values())


def test_archives_that_are_no_tensors_by_name_are_refused(tmp_path, capsys):
    one = {"a": tensor("0", 2, 0, (2,), (1,))}
    numbers = np.zeros(2, "<f4")
    path = tmp_path / "w.pth"
    mischief = {"m": _Call(_Named("builtins", "print"), ("run",))}
    for more, storages, order in (
        (mischief, {"0": numbers}, b"little"),
        ({"epoch": 3}, {"0": numbers}, b"little"),
        ({}, {"0": numbers[:1]}, b"little"),
        ({}, {}, b"little"),
        ({}, {"0": numbers}, b"big"),
    ):
        archived(path, one, storages, more=more, byteorder=order)
        with pytest.raises(ValueError, match=r"torch\.save.*w\.pth"):
            torch_pickle.read_tensors(path)
    assert capsys.readouterr().out == ""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("something", b"else")
    with pytest.raises(ValueError, match="no `data\\.pkl`"):
        torch_pickle.read_tensors(path)
