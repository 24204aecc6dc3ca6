"""Tests of the evaluating command."""

import csv
import dataclasses
import json

import keras
import numpy as np
import pytest
from absl import app
from absl import flags
from absl.testing import flagsaver
from PIL import Image

import tfiqa
from tests.evaluation.conftest import scorer_files as scorer_files
from tests.evaluation.conftest import splits_of
from tests.support import forked
from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa import evaluate
from tfiqa import layers
from tfiqa.cli.status import Status
from tfiqa.evaluation import databases
from tfiqa.evaluation.databases import of_splits
from tfiqa.evaluation.protocols import PROTOCOLS
from tfiqa.evaluation.request import EvaluationRequest
from tfiqa.evaluation.request import PredictorsRequest
from tfiqa.evaluation.request import ProtocolOptions
from tfiqa.scoring import references


@pytest.fixture
def parse():
    """A function from arguments to the parsed flags of the command."""
    before = set(flags.FLAGS)
    evaluate.define_flags()

    def parse(*arguments):
        flags.FLAGS.unparse_flags()
        return flags.FLAGS(["evaluate", *arguments])

    with flagsaver.flagsaver():
        yield parse
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


@pytest.fixture
def run(parse, monkeypatch, tmp_path):
    """A function that runs the command on a toy dataset with a broken image."""
    database = of_splits(splits_of(broken=("10-1.png",)))
    toy_scorer(dataset="toy", mos_range=[0.0, 4.0]).save(tmp_path / "s.keras")
    opened = "tfiqa.evaluation.resolve.open_database"
    monkeypatch.setattr(opened, lambda *_, **__: database)
    common = [f"--output={tmp_path / 'out'}", "--resamples=50"]

    def run(*arguments):
        if not any(one.startswith("--model") for one in arguments):
            arguments = (f"--model={tmp_path / 's.keras'}", *arguments)
        if not any(one.startswith("--dataset") for one in arguments):
            arguments = ("--dataset=toy", *arguments)
        return evaluate.main(parse(*common, *arguments))

    return run


def test_prints_and_writes_the_same_figures(run, tmp_path, capsys):
    assert run("--split_seed=3", "--seed=1") == Status.OK

    text = capsys.readouterr().out
    folder = tmp_path / "out"
    content = json.loads((folder / "results.json").read_text())
    (row,) = content["rows"]
    srocc = row["figures"]["SROCC"]
    shown = f"{srocc['value']:.3f} [{srocc['low']:.3f}, {srocc['high']:.3f}]"
    assert f"toy      test  s       {shown}  " in text
    assert row["figures"]["PLCC (logistic)"]["value"] > 0.9
    assert "11  1 (1 undecodable)" in text
    assert (row["n"], row["failures"]) == (11, {"undecodable": 1})
    assert (content["part"], content["split_seed"], content["seed"]) == ("test", 3, 1)
    assert content["datasets"]["toy"]["fingerprint"] == "toy0123456789abcdef"
    assert len(content["methods"]["s"]["sha256"]) == 12
    assert content["hardware"]["cores"] >= 1
    assert content["versions"]["tfiqa"] == tfiqa.__version__
    assert sorted(path.name for path in folder.iterdir()) == [
        *("cache", "predictions-toy-s.csv", "results.csv", "results.json"),
        "scatter-toy-s.png",
    ]
    with Image.open(folder / "scatter-toy-s.png") as drawing:
        assert drawing.width > 300


def test_a_second_run_scores_no_image_again(run, monkeypatch, capsys):
    assert run() == Status.OK
    text = capsys.readouterr().out
    monkeypatch.setattr("tfiqa.evaluation.predictors.assess", None)
    assert run() == Status.OK
    assert capsys.readouterr().out == text


def test_a_scorer_of_another_scale_is_noted(run, capsys, tmp_path):
    run()
    assert "the RMSE figures" not in capsys.readouterr().out
    toy_scorer(mos_range=[1.0, 5.0], dataset="other").save(tmp_path / "other.keras")
    run(f"--model={tmp_path / 'other.keras'}")
    text = capsys.readouterr().out
    assert (
        "MOS of other (1 to 5), not MOS: among the RMSE figures, only the one" in text
    )


def test_predictions_are_written_image_by_image(run, tmp_path):
    run()
    with open(tmp_path / "out" / "predictions-toy-s.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    test = splits_of().test
    assert [row["image_id"] for row in rows] == list(test.image_ids)
    assert [float(row["mos"]) for row in rows] == pytest.approx(test.mos.tolist())
    assert [i for i, row in enumerate(rows) if not row["prediction"]] == [5]
    assert rows[5]["status"] == "undecodable"


def test_images_are_compared_with_their_references(run, tmp_path):
    """By `reference_id`; a content without a reference is missing."""
    both = [keras.Input((None, None, 3)) for _ in range(2)]
    apart = keras.layers.GlobalAveragePooling2D()(keras.ops.abs(both[0] - both[1]))
    score = 50 - keras.ops.mean(apart, axis=-1, keepdims=True)
    mos = layers.MOS(metadata=METADATA)(score, both[0])
    keras.Model(both, mos).save(tmp_path / "pairs.keras")
    (tmp_path / "ref").mkdir()
    for content in (9, 11):
        side = 24 + 8 * (content % 3)
        path = tmp_path / "ref" / f"{content:02d}.png"
        Image.fromarray(toy_image(0, side, 30)).save(path)
    model = f"--model={tmp_path / 'pairs.keras'}"
    reference = f"--reference={tmp_path / 'ref'}"
    assert run(model, reference) == Status.OK
    results = tmp_path / "out" / "results.json"
    (row,) = json.loads(results.read_text())["rows"]
    assert (row["n"], row["failures"]) == (8, {"missing": 4})
    first = float(row["figures"]["SROCC"]["value"])

    for path in (tmp_path / "ref").iterdir():  # Others are not taken for the same.
        pixels = np.asarray(Image.open(path))
        Image.fromarray(np.roll(255 - pixels, 3, axis=0)).save(path)
    references._read.cache_clear()
    assert run(model, reference) == Status.OK
    (row,) = json.loads(results.read_text())["rows"]
    assert row["figures"]["SROCC"]["value"] != first


def test_references_for_a_scorer_that_takes_none(run, tmp_path, capsys):
    Image.fromarray(toy_image(0, 24, 30)).save(tmp_path / "reference.png")
    assert run(f"--reference={tmp_path}") == Status.NONE
    assert "no --reference is expected" in capsys.readouterr().out


def test_some_measured_and_some_not(run, tmp_path, capsys):
    (tmp_path / "t.csv").write_text("image_id,score\nunknown.png,1\n")
    assert run(f"--scores={tmp_path / 't.csv'}") == Status.SOME
    assert "Not measured: split, toy, t: " in capsys.readouterr().out


def test_a_report_is_written_beside(run, tmp_path, capsys):
    assert run(f"--report={tmp_path / 'report'}", "--looks=0") == Status.OK
    written = f"Written to {tmp_path / 'report' / 'index.html'}"
    assert written in capsys.readouterr().out
    assert (tmp_path / "report" / "index.html").is_file()


def test_a_missing_scorer_is_wrong_usage(run, capsys):
    assert run("--model=none.keras") == Status.USAGE
    assert "Received: 'none.keras'" in capsys.readouterr().err


def test_an_unknown_dataset_is_wrong_usage(run, monkeypatch, capsys):
    opened = "tfiqa.evaluation.resolve.open_database"
    monkeypatch.setattr(opened, databases.open_database)
    assert run("--dataset=nothing_like_it") == Status.USAGE
    assert "nothing_like_it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset=toy"], "`scores` are expected. Received: none"),
        (["--model=niqe"], "`pristine` is expected. Received: none"),
        (["--model=niqe", "--dataset=a", "--dataset=a"], "different names"),
        (["--model=niqe", "--dataset=a", "--labels=25,x"], "--labels.*'25,x'"),
        (["--model=niqe", "--dataset=a", "--logistic=3"], r"`logistic`.*\[3\]"),
        (["--method=niqe", "--dataset=a", "--reference=x"], "`reference`"),
        (["--model=niqe", "--dataset=a", "more"], r"Only flags.*\['more'\]"),
    ],
)
def test_wrong_usage(parse, arguments, message):
    with pytest.raises(app.UsageError, match=message) as caught:
        evaluate.main(parse(*arguments))
    assert caught.value.exitcode == Status.USAGE


def test_flags_are_fields_of_the_request(parse):
    parse("--model=niqe", "--dataset=toy")
    request = evaluate.request_of(flags.FLAGS)
    expected = EvaluationRequest(PredictorsRequest(models=["niqe"]), ["toy"])
    assert request == dataclasses.replace(
        expected,
        protocols=[],
        image_sizes=[],
        predictors=dataclasses.replace(
            expected.predictors, encoders=[], methods=[], scores=[], alphas=[]
        ),
        options=ProtocolOptions(labels=[], logistic=[4]),
    )
    parse(
        *("--model=a=1.keras", "--model=niqe", "--encoder=e.keras", "--method=niqe"),
        *("--train_flags=--recipe quick", "--scores=t.csv", "--scores_column=c"),
        *("--scores_id=i", "--dataset=a", "--dataset=b", "--data_dir=d"),
        *("--protocol=gmad", "--protocol=split", "--split=all", "--split_seed=2"),
        *("--repeats=3", "--labels=25,50", "--pristine=p", "--pictures=7"),
        *("--levels=4", "--seed=5", "--resamples=6", "--logistic=4,5"),
        *("--output=o", "--regressor=elastic_net", "--l1_ratio=0.2"),
        *("--standardize", "--alphas=0.1,2", "--divisions=random"),
        *("--official_seeds=4", "--image_size=512", "--image_size=a=x0.75"),
    )
    request = evaluate.request_of(flags.FLAGS)
    assert dataclasses.asdict(request) == {
        "predictors": {
            "models": ["a=1.keras", "niqe"],
            "encoders": ["e.keras"],
            "methods": ["niqe"],
            "train_flags": "--recipe quick",
            "scores": ["t.csv"],
            "scores_column": "c",
            "scores_id": "i",
            "reference": None,
            "regressor": "elastic_net",
            "l1_ratio": 0.2,
            "standardize": True,
            "alphas": [0.1, 2.0],
        },
        "datasets": ["a", "b"],
        "protocols": ["gmad", "split"],
        "data_dir": "d",
        "image_sizes": ["512", "a=x0.75"],
        "options": {
            "split": "all",
            "split_seed": 2,
            "divisions": "random",
            "repeats": 3,
            "official_seeds": 4,
            "labels": [25, 50],
            "levels": 4,
            "seed": 5,
            "resamples": 6,
            "logistic": [4, 5],
        },
        "pristine": {"folder": "p", "limit": 7},
        "cache": request.cache,
    }
    assert str(request.cache) == "o/cache"


def test_the_help_names_every_protocol():
    lines = (evaluate.__doc__ or "").splitlines()
    named = {line.split()[0] for line in lines if line.startswith("  ")}
    assert set(PROTOCOLS) <= named


@pytest.mark.parametrize(
    ("seed", "message"),
    [("1", "toy"), ("-1", "--seed=-1: -1 is not a non-negative integer")],
)
def test_wrong_flags_and_data_exit_with_2(tmp_path, seed, message):
    command = ["-m", "tfiqa.evaluate", "--model", "niqe"]
    command += ["--dataset", "toy", "--split", "all", "--split_seed", "2"]
    command += ["--logistic", "4,5", "--resamples", "9", "--data_dir", tmp_path]

    done = forked.run(*command, "--seed", seed)

    assert done.returncode == 2
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
