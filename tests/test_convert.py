"""Tests of the convert command, without a network: the conversion has its own tests."""

import dataclasses

import keras
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from tests.support.toy_scorer import toy_scorer
from tfiqa import convert
from tfiqa.methods import contrique
from tfiqa.methods import hyperiqa
from tfiqa.methods import reiqa
from tfiqa.regression import LinearMap
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.serialization import load_scorer


def replace_converter(monkeypatch, module, converter):
    row = dataclasses.replace(module.METHOD, convert=converter)
    monkeypatch.setattr(module, "METHOD", row)


@pytest.fixture
def command(monkeypatch, tmp_path):
    """Runs the command with a converter that only notes what it got."""
    seen = {}

    def converter(arrays, config):
        seen.update(arrays=arrays, config=config)
        if "bad" in arrays:
            raise ValueError("Arrays superfluous (1): bad")
        return toy_scorer()

    replace_converter(monkeypatch, hyperiqa, converter)
    before = set(flags.FLAGS)
    convert.define_flags()

    @flagsaver.flagsaver
    def run(*arguments):
        rest = flags.FLAGS(["convert", "--method", "hyperiqa", *map(str, arguments)])
        return convert.main(rest), seen

    yield run
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


def test_writes_a_scorer(command, tmp_path, capsys):
    np.savez(tmp_path / "w.npz", a=np.ones(2))
    output = tmp_path / "scorer.keras"
    status, seen = command(
        *(tmp_path / "w.npz", "--output", output, "--recipe", "official_koniq"),
        *("--set", "grid=2", "--crops", "random:10"),
    )
    assert status == 0
    assert seen["arrays"].keys() == {"a"}
    assert seen["config"].resize == (512, 384)
    assert seen["config"].grid == 2
    assert seen["config"].crops == "random:10"
    assert isinstance(load_scorer(output), keras.Model)
    assert f"tfiqa.score --model {output}" in capsys.readouterr().out


def test_faults_are_told_without_a_traceback(command, tmp_path, capsys):
    np.savez(tmp_path / "w.npz", bad=np.ones(2))
    assert command(tmp_path / "w.npz", "--output", tmp_path / "s.keras")[0] == 2
    assert "superfluous (1): bad" in capsys.readouterr().err
    assert command(tmp_path / "none.npz", "--output", tmp_path / "s.keras")[0] == 2
    assert "none.npz" in capsys.readouterr().err
    assert not (tmp_path / "s.keras").exists()


def test_only_methods_with_experts_take_one(command, tmp_path, capsys, monkeypatch):
    np.savez(tmp_path / "w.npz", a=np.ones(2))
    arguments = (tmp_path / "w.npz", "--output", tmp_path / "s.keras")
    assert command(*arguments, "--expert", "quality")[0] == 2
    assert "'expert'" in capsys.readouterr().err
    seen = {}

    def converter(arrays, config):
        seen.update(config=config)
        return toy_scorer()

    replace_converter(monkeypatch, reiqa, converter)
    status, _ = command(*arguments, "--method", "reiqa", "--expert", "quality")
    assert status == 0
    assert seen["config"].expert == "quality"


@pytest.mark.parametrize(
    ("name", "message"), [("CLIVE.save", "IMAGE\n"), ("LIVE_FR.save", "--reference")]
)
def test_an_encoder_and_a_published_regressor_become_a_scorer(
    command, tmp_path, capsys, monkeypatch, name, message
):
    seen = {}

    def converter(arrays, config):
        return toy_encoder()

    def regressor(path):
        seen["path"] = str(path)
        return LinearMap(np.arange(4096) * 1e-3, 50.0)

    replace_converter(monkeypatch, contrique, converter)
    monkeypatch.setattr("tfiqa.methods.contrique.regressors.read_regressor", regressor)
    np.savez(tmp_path / "w.npz", a=np.ones(2))
    output = tmp_path / "scorer.keras"
    arguments = (tmp_path / "w.npz", "--output", output, "--method", "contrique")
    status, _ = command(*arguments, "--regressor", tmp_path / name)
    assert status == 0
    assert seen["path"] == str(tmp_path / name)
    assert scorers.metadata(load_scorer(output))["method"] == "contrique"
    assert message in capsys.readouterr().out


def test_regressors_of_other_names_are_told(command, tmp_path, capsys, monkeypatch):
    replace_converter(monkeypatch, contrique, lambda *_: toy_encoder())
    np.savez(tmp_path / "w.npz", a=np.ones(2))
    output = tmp_path / "scorer.keras"
    arguments = (tmp_path / "w.npz", "--output", output, "--method", "contrique")
    assert command(*arguments, "--regressor", tmp_path / "mine.save")[0] == 2
    assert "CLIVE" in capsys.readouterr().err
    assert not output.exists()


def test_the_way_from_an_encoder_to_a_scorer_is_printed(
    command, tmp_path, capsys, monkeypatch
):
    replace_converter(monkeypatch, contrique, lambda *_: toy_encoder())
    np.savez(tmp_path / "w.npz", a=np.ones(2))
    output = tmp_path / "encoder.keras"
    arguments = (tmp_path / "w.npz", "--output", output, "--method", "contrique")
    assert command(*arguments)[0] == 0
    assert capsys.readouterr().out.splitlines() == [
        f"encoder: {output}",
        f"make a scorer: python -m tfiqa.train --encoder {output} "
        "--method contrique --dataset NAME",
    ]


def test_only_contrique_takes_a_regressor(command, tmp_path, capsys):
    np.savez(tmp_path / "w.npz", a=np.ones(2))
    arguments = (tmp_path / "w.npz", "--output", tmp_path / "s.keras")
    status, seen = command(*arguments, "--regressor", tmp_path / "CLIVE.save")
    assert (status, seen) == (2, {})
    assert "hyperiqa takes no --regressor" in capsys.readouterr().err


def test_methods_without_checkpoints_are_refused(command, tmp_path, capsys):
    np.savez(tmp_path / "w.npz", a=np.ones(2))
    arguments = (tmp_path / "w.npz", "--output", tmp_path / "s.keras")
    assert command(*arguments, "--method", "linear_probe")[0] == 2
    assert "contrique, db_cnn, hyperiqa, ilniqe" in capsys.readouterr().err


def toy_encoder():
    images = keras.Input((None, None, 3))
    means = keras.layers.GlobalAveragePooling2D()(images)
    return keras.Model(images, keras.layers.Dense(4096)(means))
