"""The command that draws how an encoder represents distortions."""

import json

import keras
import numpy as np
import pytest
from absl import flags
from absl.testing import flagsaver

from tests.support.toy_scorer import toy_scorer
from tfiqa import representations
from tfiqa.distortions import DISTORTIONS
from tfiqa.evaluation import distortion_probe
from tfiqa.evaluation import hypotheses
from tfiqa.evaluation.distortion_probe import Described
from tfiqa.report import probe
from tfiqa.training.unlabeled import open_images

FEW = ("darken", "contrast")


@pytest.fixture
def run(tmp_path):
    """Returns a function that runs the command on a toy."""
    before = set(flags.FLAGS)
    representations.define_flags()
    toy_scorer().save(tmp_path / "scorer.keras")

    @flagsaver.flagsaver
    def run(*given):
        model = f"--model={tmp_path / 'scorer.keras'}"
        output = f"--output={tmp_path / 'drawn'}"
        return representations.main(flags.FLAGS(["x", model, output, *given]))

    yield run
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


@pytest.fixture
def few(monkeypatch):
    """Two types of distortion instead of 25."""
    rows = {name: DISTORTIONS[name] for name in FEW}
    for module in (probe, distortion_probe):
        monkeypatch.setattr(module, "DISTORTIONS", rows)


def test_drawings_and_accuracies(run, few, tmp_path, capsys):
    images = "--images=stream:dead_leaves/48/4"
    assert run("--scenes=3", images) == 0
    names = {path.name for path in (tmp_path / "drawn").iterdir()}
    assert names == {"similarity.png", "projection.png", "probe.json"}
    found = json.loads((tmp_path / "drawn" / "probe.json").read_text())
    assert found["type"]["chance"] == 1 / 2
    assert found["level"]["chance"] == 1 / 5
    printed = capsys.readouterr().out
    assert f"type: {found['type']['value']:.3f} right" in printed


def test_the_three_hypotheses(run, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(hypotheses, "TYPES", ("darken", "jpeg"))
    assert run("--scenes=3", "--images=stream:dead_leaves/48/4", "--hypotheses") == 0
    assert [path.name for path in (tmp_path / "drawn").iterdir()] == ["hypotheses.png"]
    printed = capsys.readouterr().out
    assert "overlap 80%: median similarity" in printed
    assert "other type, same level: median similarity" in printed


def test_wrong_names_are_errors(run, capsys):
    assert run("--images=no/such/folder") == 2
    assert "existing folder" in capsys.readouterr().err
    assert run("--images=stream:dead_leaves/48/4", "--scenes=5") == 2
    assert "see --scenes" in capsys.readouterr().err


def test_scenes_are_the_middles_of_large_pictures():
    images = open_images("stream:dead_leaves/64/3,stream:dead_leaves/40/9")
    scenes = probe.middle_scenes(images, 3, side=50)
    assert [scene.shape for scene in scenes] == [(50, 50, 3)] * 3
    uncut = probe.middle_scenes(images, 3, side=64)
    np.testing.assert_array_equal(scenes[1], uncut[1][7:57, 7:57])


def test_all_classes_are_drawn():
    rng = np.random.default_rng(0)
    types = [row.number for row in DISTORTIONS.values() for _ in range(5)]
    described = Described(
        rng.normal(size=(3, 126, 4)).astype("float32"),
        np.array([*types, 0]),
        np.array([*np.tile(np.arange(1, 6), 25), 0]),
    )
    for drawing in probe.draw_classes(described, method="pca").values():
        assert drawing.startswith(b"\x89PNG")


def test_models_without_features_are_refused(run, tmp_path, capsys):
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]).save(
        tmp_path / "scorer.keras"
    )
    assert run() == 2
    assert "features" in capsys.readouterr().err
