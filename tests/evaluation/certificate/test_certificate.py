"""Tests of certificates: all marks of a scorer, written and shown."""

import json
import math

import numpy as np
import pytest
from absl import app
from absl import flags
from absl.testing import flagsaver
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import certify
from tfiqa.distortions.harmless import CHANGES
from tfiqa.distortions.ladders import ORDERED
from tfiqa.evaluation import CertificateRequest
from tfiqa.evaluation import behaviour_material
from tfiqa.evaluation.behaviour_material import Scores
from tfiqa.evaluation.certificate import material
from tfiqa.evaluation.certificate import measuring
from tfiqa.evaluation.certificate import origin
from tfiqa.evaluation.certificate import run
from tfiqa.evaluation.certificate import traps
from tfiqa.evaluation.certificate.bands import CHECKS
from tfiqa.evaluation.certificate.result import Certificate
from tfiqa.evaluation.certificate.result import table
from tfiqa.evaluation.pristine_versions import FULL_REFERENCE
from tfiqa.evaluation.pristine_versions import VersionScores
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.serialization import save_model


def ideal_scores(scenes=2, noise=0.0):
    """Scores that fall by ten for each level, and never move under harmless changes."""
    rng = np.random.default_rng(0)

    def falling(types):
        ladder = 70.0 - 10.0 * np.arange(1, 6)
        return ladder + rng.normal(0, noise, (scenes, types, 5))

    waterloo = falling(4)
    signs = {"MS-SSIM": -1, "GMSD": 1}
    full = {
        name: VersionScores(
            np.full(scenes, perfect), perfect + signs[name] * (70 - waterloo) / 100
        )
        for name, (_, perfect) in FULL_REFERENCE.items()
    }
    pristine = np.full(scenes, 70.0)
    changed = {name: pristine.copy() for name in CHANGES}
    return Scores(pristine, falling(len(ORDERED)), waterloo, changed, full)


@pytest.fixture(scope="module")
def scorer_path(tmp_path_factory):
    return save_model(toy_scorer(), tmp_path_factory.mktemp("toy") / "toy.keras")


@pytest.fixture
def quick(monkeypatch):
    """No versions are made: all scorers get the scores of an ideal one."""
    monkeypatch.setattr(
        material,
        "measured",
        lambda predicts, scenes, **_: [ideal_scores()] * len(predicts),
    )
    monkeypatch.setattr(material, "KINDS", ("dead_leaves",))
    monkeypatch.setattr(measuring, "SIZE", (48, 64))
    monkeypatch.setattr(measuring, "_LARGE", (64, 80))


def marks_by_name(marks):
    return {mark.check: mark for mark in marks}


def test_an_ideal_scorer_behaves(scorer_path):
    subject = measuring.Subject("toy", load_scorer(scorer_path))
    marks = marks_by_name(measuring._of_behaviour(ideal_scores(), subject))
    assert {mark.band for mark in marks.values()} == {"good"}
    assert marks["order of levels"].value == pytest.approx(1.0)
    assert marks["flip"].value == 0.0
    reversed_scores = ideal_scores()
    reversed_scores.bank[:, 3] *= -1
    marks = marks_by_name(measuring._of_behaviour(reversed_scores, subject))
    assert (marks["worst type"].value, marks["worst type"].note) == (-1.0, ORDERED[3])
    assert marks["worst type"].band == "bad"


def test_traps_are_compared_with_scenes_and_their_versions(monkeypatch):
    monkeypatch.setattr(measuring, "SIZE", (48, 64))

    def predict(image):
        """The score of detail: noise fools it, and text does not."""
        steps = np.abs(np.diff(image.astype(float), axis=1))
        return float(steps.mean()) if np.ptp(image) else math.nan

    marks = marks_by_name(measuring.of_traps(predict, ideal_scores(), 1.0, 0))
    noise = predict(traps.noise(measuring.SIZE, 0))
    assert marks["uniform"].band == "good"
    assert marks["noise"].value == pytest.approx(noise - 70.0)
    assert marks["noise"].band == "bad"
    marks = marks_by_name(measuring.of_traps(lambda _: 5.0, ideal_scores(), 1.0, 0))
    assert (marks["uniform"].value, marks["uniform"].band) == (3, "bad")
    assert marks["noise"].value == -65.0
    assert marks["bokeh"].value == -15.0
    marks = measuring.of_traps(lambda _: math.nan, ideal_scores(), 1.0, 0)
    bands = {mark.check: mark.band for mark in marks}
    assert bands["checkerboard"] == "good"
    assert bands["night"] == "bad"


def test_all_scorers_see_the_same_versions_made_once(monkeypatch):
    def copies(scene, *_):
        return np.repeat(scene[None], 5, axis=0)

    measures = {name: (lambda a, b: 0.5, p) for name, (_, p) in FULL_REFERENCE.items()}
    monkeypatch.setattr(behaviour_material, "versions", copies)
    monkeypatch.setattr(behaviour_material, "FULL_REFERENCE", measures)
    seen = []

    def first(image):
        seen.append(image.shape)
        return float(image.mean())

    def second(image):
        if len(seen) > 3:
            raise RuntimeError
        return -1.0

    scenes = [toy_image(4, 176, 176)]
    scores = material.measured([first, second], scenes)
    # The scene, its versions by both banks, and its harmless changes.
    assert len(seen) == 1 + 5 * len(ORDERED) + 20 + len(CHANGES)
    assert scores[0].bank.shape == scores[1].bank.shape == (1, len(ORDERED), 5)
    assert scores[1].pristine.tolist() == [-1.0]
    assert np.isnan(scores[1].waterloo).all()
    assert np.isfinite(scores[0].waterloo).all()


def test_provenance_counts_what_is_missing(tmp_path):
    card = tmp_path / "x.md"
    card.write_text("# x\n- **Use** for research.\n")
    facts = metadata(toy_scorer())
    assert origin.of_provenance(facts, card).value == 0
    assert origin.of_provenance(facts, None).value == 2
    mark = origin.of_provenance({**facts, "dataset": ""}, card)
    assert (mark.value, mark.band) == (math.inf, "bad")
    assert mark.note == "missing: dataset"


def test_goldens_are_compared_score_by_score(tmp_path):
    for number in range(3):
        Image.fromarray(toy_image(number)).save(tmp_path / f"{number}.png")
    rows = [f"{number}.png,{number + 0.25}" for number in range(3)]
    (tmp_path / "g.csv").write_text("path,score\n" + "\n".join(rows))
    numbers = iter([0, 1, 2])
    mark = origin.of_goldens(lambda _: next(numbers), tmp_path / "g.csv", 2.0)
    assert (mark.value, mark.band) == (0.5, "good")
    assert mark.note == "3 images, SROCC 1.0000"
    assert origin.of_goldens(lambda _: math.nan, tmp_path / "g.csv", 2.0).band == "bad"
    assert origin.of_goldens(lambda _: 0, None, 2.0).band == "not measured"


def test_a_certificate_is_measured_and_written(scorer_path, quick, tmp_path):
    path = tmp_path / "mine.keras"
    path.write_bytes(scorer_path.read_bytes())
    path.with_suffix(".md").write_text(
        "# Mine\n\n## Certificate\n\noutdated\n\n## Last\n\nx\n"
    )
    request = CertificateRequest([path], scenes=1, write=True)
    (certificate,) = run.certify_request(request)
    assert [mark.check for mark in certificate.marks] == list(CHECKS)
    bands = {mark.check: mark.band for mark in certificate.marks}
    assert bands["batch"] == bands["threads"] == bands["uniform"] == "good"
    assert bands["device"] == bands["goldens"] == "not measured"
    stored = metadata(load_scorer(path))["certificate"]
    assert stored == json.loads(json.dumps(certificate.for_metadata()))
    assert stored["bad"] == certificate.of_band("bad")
    card = path.with_suffix(".md").read_text()
    assert "outdated" not in card
    assert card.endswith("\n\n## Last\n\nx\n")
    assert card.count("## Certificate") == 1
    assert "| flip | mean difference, points | 0 good |" in card
    assert run.with_section(card, certificate.section()) == card


def test_a_table_has_a_column_for_each_scorer(monkeypatch):
    monkeypatch.setattr(measuring, "SIZE", (48, 64))
    marks = measuring.of_traps(lambda _: math.nan, ideal_scores(), 1.0, 0)
    by_name = marks_by_name(marks)
    full = tuple(
        by_name.get(name, measuring.Mark(name, measured=False)) for name in CHECKS
    )
    text = table([Certificate(name, full, 1, "generated") for name in ("a", "b")])
    lines = text.splitlines()
    assert lines[0] == "| check | a | b |"
    assert "| night | **none bad** | **none bad** |" in lines
    assert "| flip | - | - |" in lines
    assert lines[-1] == "| **bad marks** | 3 | 3 |"


@pytest.fixture
def command(quick):
    before = set(flags.FLAGS)
    certify.define_flags()
    with flagsaver.flagsaver():
        yield lambda *arguments: certify.main(flags.FLAGS(["certify", *arguments]))
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


def test_the_command_reports_and_writes(command, scorer_path, tmp_path, capsys):
    output = tmp_path / "c.json"
    status = command(str(scorer_path), "absent", "--scenes=1", f"--output={output}")
    assert status == 3
    shown = capsys.readouterr()
    assert "absent: The file of a scorer" in shown.err
    assert shown.out.startswith(f"{scorer_path}: ")
    (written,) = json.loads(output.read_text())
    assert [mark["check"] for mark in written["marks"]] == list(CHECKS)
    assert {"band", "value", "good", "acceptable", "reason"} <= written["marks"][
        0
    ].keys()
    certificate = Certificate.from_json(written)
    assert certificate.as_json() == written
    bad = [mark["check"] for mark in written["marks"] if mark["band"] == "bad"]
    assert certificate.of_band("bad") == bad
    assert command(str(scorer_path), "--scenes=1") == (4 if bad else 0)
    assert command("absent") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "At least one scorer"),
        (("a", "a"), "once"),
        (("a", "b", "--goldens=x.csv"), "single scorer"),
        (("a", "--output=x.csv"), r"\.json or \.md"),
    ],
)
def test_wrong_usage_is_named(command, arguments, message):
    with pytest.raises(app.UsageError, match=message):
        command(*arguments)


@pytest.mark.slow
def test_a_preset_is_certified_on_a_scene():
    """What the command does, without any stand-in."""
    (certificate,) = run.certify_request(CertificateRequest(["niqe"], scenes=1))
    bands = {mark.check: mark.band for mark in certificate.marks}
    assert bands["runtime"] == bands["batch"] == bands["uniform"] == "good"
    assert bands["provenance"] == bands["noise"] == bands["pairs"] == "good"
    assert bands["worst type"] == "bad"
