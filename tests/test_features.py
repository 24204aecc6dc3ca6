"""Tests of the command that writes features."""

import os

import keras
import numpy as np
import pytest
from absl import app
from absl import flags
from absl.testing import flagsaver
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import features as command
from tfiqa.files.lock import locked
from tfiqa.scoring.encoder import load_encoder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "scorer.keras"
    toy_scorer().save(path)
    return path


@pytest.fixture
def run(model):
    before = set(flags.FLAGS)
    command.define_flags()

    @flagsaver.flagsaver
    def run(*arguments):
        return command.main(flags.FLAGS(["features", *map(str, arguments)]))

    yield run
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    for index, name in enumerate(["b.png", "a.png", "flat.png"]):
        pixels = (
            toy_image(index) if name != "flat.png" else np.full((9, 9, 3), 7, "uint8")
        )
        Image.fromarray(pixels).save(tmp_path / "in" / name)
    return tmp_path


def test_rows_are_those_of_the_encoder_in_order(run, model, folder):
    output = folder / "f.npz"
    inside = folder / "in"
    assert run("--model", model, "--output", output, inside / "b.png", inside) == 0
    with np.load(output) as result:
        paths, features = result["path"].tolist(), result["features"]
    names = ["b.png", "a.png", "flat.png"]  # Each once, where it came first.
    assert paths == [str(inside / name) for name in names]
    assert features.dtype == np.float32
    encoder = load_encoder(model)
    for index, row in ((0, 0), (1, 1)):
        expected = encoder(toy_image(index)[None].astype("float32"))[0]
        np.testing.assert_allclose(features[row], expected, atol=1e-5)
    assert np.ptp(features[:, 0]) > 0
    assert not list(folder.glob("*.tmp"))


def test_two_experts_are_joined_content_first(run, model, folder, capsys):
    other = folder / "other.keras"
    images = keras.Input((None, None, 3))
    pool = keras.layers.GlobalMaxPooling2D()(images)
    keras.Model(images, pool).save(other)
    result = {}
    for name in (f"{model}", f"{other}", f"{model},{other}"):
        path = folder / "f.npz"
        flags = ("--model", name, "--output", path, "--overwrite")
        assert run(*flags, folder / "in" / "a.png") == 0
        result[name] = np.load(path)["features"]
    quality, content, both = result.values()
    np.testing.assert_allclose(both, np.hstack([content, quality]), rtol=1e-5)
    three = f"{model},{other},{other}"
    assert run("--model", three, "--output", folder / "g.npz", "a.png") == 2
    assert "quality and content" in capsys.readouterr().err


def test_broken_files_are_left_out_and_listed(run, model, folder, capsys):
    (folder / "in" / "broken.jpg").write_bytes(b"no picture")
    absent = folder / "absent.png"
    arguments = ("--model", model, "--output", folder / "f.npz", folder / "in", absent)
    assert run(*arguments) == 3
    message = capsys.readouterr().err
    assert "broken.jpg: undecodable" in message
    assert "absent.png: missing" in message
    assert "3 of 5 images read" in message
    with np.load(folder / "f.npz") as result:
        assert len(result["path"]) == len(result["features"]) == 3


def test_none_read_writes_nothing(run, model, tmp_path):
    output = tmp_path / "f.npz"
    assert run("--model", model, "--output", output, tmp_path / "absent.png") == 1
    assert not output.exists()


def test_wrong_usage(run, model, tmp_path, capsys):
    with pytest.raises(app.UsageError, match="npz"):
        run("--model", model, "--output", tmp_path / "f.csv", "a.png")
    with pytest.raises(app.UsageError, match="PATH"):
        run("--model", model, "--output", tmp_path / "f.npz")
    missing = tmp_path / "none.keras"
    assert run("--model", missing, "--output", tmp_path / "f.npz", "a.png") == 2
    assert "none.keras" in capsys.readouterr().err


def test_an_output_that_exists_is_replaced_on_request_only(run, model, folder):
    output = folder / "f.npz"
    output.write_bytes(b"before")
    with pytest.raises(app.UsageError, match="--overwrite"):
        run("--model", model, "--output", output, folder / "in")
    assert output.read_bytes() == b"before"


def test_another_process_is_not_written_over(run, model, folder, capsys):
    output = folder / "f.npz"
    with locked(output):
        assert run("--model", model, "--output", output, folder / "in") == 2
    assert "no other process is writing" in capsys.readouterr().err
    assert not output.exists()


def test_a_folder_that_cannot_be_listed(run, model, folder, capsys, monkeypatch):
    (folder / "in" / "locked").mkdir()
    original = os.scandir

    def scandir(path):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied")
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert run("--model", model, "--output", folder / "f.npz", folder / "in") == 3
    assert "cannot be listed: Permission denied" in capsys.readouterr().err


def test_an_output_that_cannot_be_is_told_before_anything_is_read(
    run, model, folder, capsys, monkeypatch
):
    monkeypatch.setattr(command, "_write", None)
    long = folder / f"{'n' * 300}.npz"
    assert run("--model", model, "--output", long, folder / "in") == 74
    assert "--output: " in capsys.readouterr().err


def test_a_full_disk_is_told(run, model, folder, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tfiqa.scoring.features.write_features", full)
    output = folder / "f.npz"
    assert run("--model", model, "--output", output, folder / "in") == 74
    assert "--output: [Errno 28] No space left" in capsys.readouterr().err
