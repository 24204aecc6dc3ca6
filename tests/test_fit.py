"""Tests of the command that fits an own metric."""

import csv
import json

import numpy as np
import pytest
from absl import app
from absl import flags
from absl.testing import flagsaver
from PIL import Image

from tests.evaluation.own_metric.test_families import descriptor
from tests.support.tiny_scorers import toy_encoder
from tests.support.toy_scorer import toy_image
from tfiqa import fit
from tfiqa.evaluation.own_metric import features
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.serialization import load_scorer

LABELED, ALL = 44, 48


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Images of growing contrast; four of them have no label, and one is broken."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(ALL):
        noise = np.random.default_rng(number).uniform(-1, 1, (40, 48, 3))
        pixels = (128 + (20 + 2 * number) * noise).astype("uint8")
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")
    (folder / "broken.png").write_bytes(b"x")
    return folder


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A function that runs the command with toy descriptors."""
    monkeypatch.setattr(features, "trunk_descriptor", descriptor)
    monkeypatch.setattr(features, "patch_encoder", toy_encoder)
    before = set(flags.FLAGS)
    fit.define_flags()
    common = [f"--output={tmp_path / 'own'}", "--export=", "--families=ridge,svr"]

    def run(*arguments):
        return fit.main(flags.FLAGS(["fit", *common, *map(str, arguments)]))

    with flagsaver.flagsaver():
        yield run
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


def table(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_ratings_make_a_calibrated_scorer_with_a_card(run, folder, tmp_path, capsys):
    rows = [[f"{n:02d}.png", n + n % 3] for n in range(LABELED)]
    labels = table(tmp_path / "mos.csv", [["image", "mos"], *rows])
    assert run(folder, labels, "--next=2") == 0
    shown = capsys.readouterr().out
    assert "nested cross-validation of 44 images in 5 parts" in shown
    assert "200 more labels: about +0." in shown
    known = json.loads((tmp_path / "own" / "fit.json").read_text())
    assert known["procedure"]["srocc"]["value"] > 0.9
    assert len(known["next"]) == 2
    assert set(known["next"]) <= {f"{n}.png" for n in range(LABELED, ALL)}
    following = (tmp_path / "own" / "next.csv").read_text().splitlines()
    assert following == ["image", *known["next"]]
    scorer = load_scorer(tmp_path / "own" / "scorer.keras")
    assert metadata(scorer)["mos_range"] == [0.0, 100.0]
    assert metadata(scorer)["calibration"]["level"] == 0.9
    card = (tmp_path / "own" / "scorer.md").read_text()
    assert "each with an interval" in card
    assert "**Use**" in card


def test_faults_are_reported_by_line_and_a_second_run_replaces(
    run, folder, tmp_path, capsys
):
    rows = [[f"{n:02d}.png", n] for n in range(12)]
    wrong = [["13.png", "good"], ["x.png", 3], ["broken.png", 3], ["00.png", 7]]
    labels = table(tmp_path / "mos.csv", [["image", "mos"], *rows, *wrong])
    assert run(folder, labels, "--next=0") == 3
    shown = capsys.readouterr()
    assert "line 14: 'good' of '13.png' is no finite number" in shown.out
    assert "line 15: 'x.png' is no image below" in shown.out
    assert "line 17: '00.png' again, as in line 2, with MOS 7, not 0" in shown.out
    assert "0 repeated, 1 contradicting" in shown.out
    assert "1 labeled images have no features: broken.png" in shown.out
    assert "without an interval: At least 40 images" in shown.out
    assert "broken.png: undecodable" in shown.err
    assert run(folder, labels, "--next=0") == 1
    assert "exists already" in capsys.readouterr().err
    assert run(folder, labels, "--next=0", "--overwrite") == 3


def test_pairs_make_a_scorer(run, folder, tmp_path, capsys):
    rng = np.random.default_rng(0)
    numbers = [sorted(rng.choice(ALL, 2, replace=False)) for _ in range(80)]
    rows = [[f"{high:02d}.png", f"{low:02d}.png"] for low, high in numbers]
    rows += [[f"{numbers[0][0]:02d}.png", f"{numbers[0][1]:02d}.png"]]
    labels = table(tmp_path / "pairs.csv", [["better", "worse"], *rows])
    assert run(folder, labels) == 0
    shown = capsys.readouterr().out
    assert "81 pairs read; 0 lines with faults; " in shown
    assert "1 contradicting" in shown
    known = json.loads((tmp_path / "own" / "fit.json").read_text())
    assert known["families"]["ridge"]["right"] > 0.9
    score = predictor(load_scorer(tmp_path / "own" / "scorer.keras"))
    assert score(toy_image(9)) > score(toy_image(0))


def test_a_folder_of_good_images_makes_a_distance(run, tmp_path, capsys):
    folder = tmp_path / "good"
    folder.mkdir()
    assert run(folder) == 1
    assert "with none" in capsys.readouterr().err
    Image.fromarray(toy_image(3, 96, 96)).save(folder / "one.png")
    assert run(folder) == 1
    assert "At least 2 pristine patches" in capsys.readouterr().err
    Image.fromarray(toy_image(3, 200, 300)).save(folder / "one.png")
    assert run(folder) == 0
    assert "without ratings, nothing is measured" in capsys.readouterr().out
    assert metadata(load_scorer(tmp_path / "own" / "scorer.keras"))["mos_range"][1] == 0


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["00.png", 1], ["01.png", 2]], "Received: 2, too few"),
        ([[f"{n:02d}.png", 1] for n in range(20)], "Received: 20, all the same"),
        ([["x", 1]], "none that exists; line 2"),
        ([], "Usable rows"),
    ],
)
def test_tables_that_do_not_suffice_are_refused(
    run, folder, tmp_path, capsys, rows, message
):
    labels = table(tmp_path / "mos.csv", [["image", "mos"], *rows])
    assert run(folder, labels) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "own").exists()


def test_a_missing_table_is_named(run, tmp_path, capsys):
    missing = tmp_path / "mos.csv"
    assert run(tmp_path, missing) == 1
    expected = f"TABLE.csv must be a file. Received: {missing}"
    assert capsys.readouterr().err.splitlines() == [expected]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "FOLDER and perhaps"),
        (("a", "b", "c"), "FOLDER and perhaps"),
        (("a", "--families=cnn"), "`families` must be some of"),
        (("a", "--export=png"), "--export must be some of"),
        (("a", "--range=1"), "two numbers"),
        (("a", "--range=5,1"), "worst < best"),
    ],
)
def test_wrong_usage_is_named(run, arguments, message):
    with pytest.raises(app.UsageError, match=message):
        run(*arguments)
