"""Files made to run code, to write elsewhere or to fill memory: refused with a reason.

Each would leave the file `owned` where its code ran.
"""

import base64
import contextlib
import io
import json
import marshal
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

import tfiqa
from tests.support.toy_scorer import toy_scorer
from tfiqa.backbones.checkpoints import read_arrays
from tfiqa.backbones.torch_pickle import read_tensors

_REFUSALS = (ValueError, OSError, ImportError)


class Payload:
    """Leaves a file where it is unpickled."""

    def __reduce__(self):
        return os.mkdir, ("owned",)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder two levels deep, where everything happens."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    """What is in the file of a good scorer."""
    path = tmp_path_factory.mktemp("good") / "scorer.keras"
    toy_scorer().save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def left_behind(here: Path) -> set[str]:
    """Returns all that is there but what the test itself wrote."""
    top = here.parents[1]
    result = {str(path.relative_to(top)) for path in top.rglob("*")}
    return result - {"a", "a/b", "a/b/hostile.keras"}


def written(members: dict[str, bytes]) -> Path:
    path = Path("hostile.keras")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def with_layer(members: dict[str, bytes], layer: dict) -> dict[str, bytes]:
    """Puts another layer in the place of the second one."""
    config = json.loads(members["config.json"])
    old = config["config"]["layers"][1]
    layer = {**old, **layer}
    layer["config"] = {"name": old["config"]["name"], **layer["config"]}
    config["config"]["layers"][1] = layer
    return {**members, "config.json": json.dumps(config).encode()}


def _lambda() -> dict:
    code = compile("__import__('os').mkdir('owned')", "<string>", "eval")
    packed = base64.b64encode(marshal.dumps(code)).decode()
    function = {"class_name": "__lambda__", "config": {"code": packed}}
    return {
        "module": "keras.layers",
        "class_name": "Lambda",
        "registered_name": None,
        "config": {"function": function, "arguments": {}},
    }


def _foreign(module: str, name: str, **config) -> dict:
    return {
        "module": module,
        "class_name": name,
        "registered_name": name,
        "config": config,
    }


LAYERS = {
    "a Lambda layer": _lambda(),
    "a function of os": _foreign("os", "mkdir", path="owned"),
    "a process": _foreign("subprocess", "Popen", args=["mkdir", "owned"]),
    "a function of builtins": _foreign("builtins", "exec", source="import os"),
    "a module of Keras that reads": _foreign(
        "keras.src.utils.file_utils", "get_file", origin="file:///etc/passwd"
    ),
    "a module that is not there": _foreign("evil_package.layers", "Evil"),
    "a saved model": _foreign("keras.layers", "TFSMLayer", filepath="owned"),
    "another file": _foreign(
        "keras.saving", "load_model", filepath="../hostile.keras", safe_mode=False
    ),
}


@pytest.mark.parametrize("name", LAYERS)
def test_configs_that_name_code_run_none(here, members, name):
    written(with_layer(members, LAYERS[name]))
    with pytest.raises(ValueError, match=r"scorer .* is expected.*hostile\.keras"):
        tfiqa.load_scorer("hostile.keras")
    assert left_behind(here) == set()


def _with_links(kind: str) -> Callable[[bytes], bytes]:
    def change(weights: bytes) -> bytes:
        file = io.BytesIO(weights)
        with h5py.File(file, "r+") as opened:
            names: list[str] = []
            opened.visit(names.append)
            name = next(n for n in names if isinstance(opened[n], h5py.Dataset))
            shape, kept = opened[name].shape, opened[name].dtype
            del opened[name]
            if kind == "external link":
                opened[name] = h5py.ExternalLink("/etc/hosts", "/")
            elif kind == "external storage":
                size = int(np.prod(shape)) * kept.itemsize
                secret = [("/etc/passwd", 0, size)]
                opened.create_dataset(name, shape, kept, external=secret)
            elif kind == "huge array":
                opened.create_dataset(name, (1 << 40,), kept, chunks=(1 << 16,))
            elif kind == "huge array of the right rank":
                chunks = tuple(min(side, 8) for side in shape)
                huge = tuple(side << 6 for side in shape)
                opened.create_dataset(name, huge, kept, chunks=chunks)
        return file.getvalue()

    return change


@pytest.mark.parametrize(
    "kind",
    [
        "external link",
        "external storage",
        "huge array",
        "huge array of the right rank",
    ],
)
def test_weights_that_lead_away_or_are_huge(here, members, kind):
    name = "model.weights.h5"
    written({**members, name: _with_links(kind)(members[name])})
    with pytest.raises(ValueError, match=r"hostile\.keras"):
        tfiqa.load_scorer("hostile.keras")
    assert left_behind(here) == set()


@pytest.mark.parametrize(
    "name", ["../owned", "../../owned", "assets/../../../owned", "/owned"]
)
def test_members_with_paths_write_nothing_elsewhere(here, members, name, tmp_path):
    name = f"{tmp_path}{name}" if name.startswith("/") else name
    written({**members, name: b"owned", f"assets/{name}": b"owned"})
    # The model in it is a good one: whether it loads does not matter.
    with contextlib.suppress(ValueError):
        tfiqa.load_scorer("hostile.keras")
    assert left_behind(here) == set()
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "change",
    {
        "deep config": {"config.json": b"[" * 100_000 + b"]" * 100_000},
        "a config that is a list": {"config.json": b"[]"},
        "a config that is no JSON": {"config.json": b"import os"},
        "zeros": {"model.weights.h5": bytes(300 << 20)},
        "no weights": {"model.weights.h5": b""},
    }.items(),
    ids=lambda pair: pair[0],
)
def test_files_of_wrong_content(here, members, change):
    written({**members, **change[1]})
    with pytest.raises(ValueError, match=r"hostile\.keras"):
        tfiqa.load_scorer("hostile.keras")
    assert left_behind(here) == set()


def _pickled() -> bytes:
    return pickle.dumps({"weight": Payload()})


def _zipped_pickle() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", _pickled())
        archive.writestr("archive/version", "3")
    return file.getvalue()


def _npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def _mat(**stored) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, stored)
    return file.getvalue()


HOSTILE = {
    "pickle.pt": _pickled(),
    "zip.pt": _zipped_pickle(),
    "pickle.pkl": _pickled(),
    "renamed.npz": _pickled(),
    "objects.npz": _npz(weight=np.array([Payload()], object)),
    "renamed.mat": _pickled(),
    "text.mat": b"MATLAB 5.0 MAT-file" + bytes(200),
    "renamed.safetensors": _pickled(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_checkpoints_run_no_code(here, name):
    Path(name).write_bytes(HOSTILE[name])
    with pytest.raises(_REFUSALS, match=r"."):
        read_arrays(name)
    if name.endswith(".pt"):
        with pytest.raises(ValueError, match=name):
            read_tensors(name)
    assert not Path("owned").exists()


@pytest.mark.parametrize(
    "stored",
    [
        {"weight": "text"},
        {"weight": {"a": 1.0, "b": "text"}},
        {"weight": np.array([{"a": 1}, "text"], object)},
        {"weight": np.array([1 + 2j])},
    ],
    ids=["text", "a structure", "cells", "complex"],
)
def test_matlab_files_of_wrong_types_have_no_arrays(here, stored):
    Path("weights.mat").write_bytes(_mat(**stored))
    assert read_arrays("weights.mat") == {}


def test_matlab_file_that_declares_too_much(here):
    content = bytearray(_mat(weight=np.ones((3, 4))))
    at = content.index((3).to_bytes(4, "little") + (4).to_bytes(4, "little"))
    content[at : at + 8] = b"\xff\xff\xff\x7f" * 2
    Path("weights.mat").write_bytes(bytes(content))
    with pytest.raises(ValueError, match=r"weights\.mat"):
        read_arrays("weights.mat")
