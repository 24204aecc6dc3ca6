"""Training from plain Python: no command, no flags."""

import dataclasses
import inspect
import json

import keras
import numpy as np
import pytest
from absl import flags

import tfiqa
from tests.support import tiny_scorers
from tests.support.prepared_data import NAME
from tests.support.toy_scorer import toy_image
from tfiqa import training
from tfiqa.data import sources
from tfiqa.methods import METHODS
from tfiqa.methods import hyperiqa
from tfiqa.methods import linear_probe
from tfiqa.trainers import augmented
from tfiqa.training import flags as training_flags
from tfiqa.training.request import EPOCH_CHOICES
from tfiqa.training.request import PLACES
from tfiqa.training.request import TrainingRequest

TINY = {**tiny_scorers.FAST["hyperiqa"], "grid": 1}


class NoFlags:
    """Stands in for the flags of the process, which nobody may look at."""

    def __getattr__(self, name):
        raise AssertionError(f"flags.FLAGS.{name} was read")

    __getitem__ = __getattr__


@pytest.fixture(scope="module")
def finished(scored_data_dir, tmp_path_factory):
    """A scorer, and the folder of its run."""
    output = tmp_path_factory.mktemp("runs") / "a"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flags, "FLAGS", NoFlags())
        scorer = training.train_method(
            "hyperiqa",
            recipe="quick",
            dataset=NAME,
            data_dir=scored_data_dir,
            output=output,
            verbose=0,
            **TINY,
        )
    return scorer, output


def test_a_scorer_comes_back_and_is_in_the_folder(finished):
    scorer, output = finished
    image = toy_image(5)[None].astype("float32")
    score = keras.ops.convert_to_numpy(scorer(image))
    assert score.shape == (1, 1)
    assert np.isfinite(score).all()
    loaded = tfiqa.load_scorer(output / "scorer.keras")
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(loaded(image)), score)


def test_the_record_is_that_of_the_command(finished):
    record = json.loads((finished[1] / "run.json").read_text())
    assert list(record) == [
        *("method", "recipe", "config", "dataset", "fingerprint", "images"),
        *("authentic_images", "encoder", "split_seed", "seed", "strategy"),
        *("mixed_precision", "versions", "command", "outcome"),
    ]
    config = hyperiqa.METHOD.configured("quick", TINY)
    assert record["config"] == json.loads(json.dumps(dataclasses.asdict(config)))
    assert list(record["outcome"]) == ["test", "seconds"]


def test_silence_is_kept(finished, scored_data_dir, tmp_path, capfd):
    training.train_method(
        "hyperiqa",
        recipe="quick",
        dataset=NAME,
        data_dir=scored_data_dir,
        output=tmp_path / "b",
        verbose=0,
        **TINY,
    )
    assert capfd.readouterr().out == ""
    weights = [
        tfiqa.load_scorer(folder / "scorer.keras").get_weights()
        for folder in (finished[1], tmp_path / "b")
    ]
    for first, second in zip(*weights, strict=True):
        np.testing.assert_array_equal(first, second)


def test_what_departs_from_the_protocol_is_told_and_recorded(
    scored_data_dir, tmp_path, capfd
):
    fields = {**TINY, "epochs": 2}
    training.train_method(
        "hyperiqa",
        recipe="quick",
        dataset=NAME,
        data_dir=scored_data_dir,
        output=tmp_path,
        verbose=2,
        divisions="random",
        epoch_choice="best_test",
        image_size="40",
        **fields,
    )
    said = capfd.readouterr()
    assert "resized to a shorter side of 40 pixels (bilinear, antialiased)" in said.out
    assert "figures are too good" in said.err
    record = json.loads((tmp_path / "run.json").read_text())
    changed = {"divisions": "random", "epoch_choice": "best_test", "image_size": "40"}
    assert {name: record[name] for name in changed} == changed
    # The best epoch on the test images is the figure that is reported.
    log = (tmp_path / "log.csv").read_text().splitlines()
    column = log[0].split(",").index("val_srocc")
    best = max(float(line.split(",")[column]) for line in log[1:])
    assert record["outcome"]["test"]["SROCC"]["value"] == pytest.approx(best, abs=1e-4)


def test_epochs_are_chosen_by_methods_that_have_some():
    assert EPOCH_CHOICES == sources.EPOCH_CHOICES
    with pytest.raises(ValueError, match=r"learn from scores by epochs.*'niqe'"):
        TrainingRequest("niqe", epoch_choice="last")


def test_places_are_those_of_methods_that_augment():
    assert PLACES == augmented.PLACES
    for method in ("contrique", "reiqa"):
        assert TrainingRequest(method, augment_on="device").augment_on == "device"
    with pytest.raises(ValueError, match=r"`augment_on` is for .*'hyperiqa'"):
        TrainingRequest("hyperiqa", augment_on="device")
    with pytest.raises(ValueError, match=r"`augment_on` must be one of auto, cpu"):
        TrainingRequest("reiqa", augment_on="gpu")
    assert {name for name, row in METHODS.items() if row.by_epochs} == {
        *("db_cnn", "hyperiqa", "musiq", "pqr", "wadiqam"),
    }


def test_a_finished_run_is_not_lost(finished, scored_data_dir):
    with pytest.raises(ValueError, match=r"--resume.*--overwrite"):
        training.train_method(
            "hyperiqa",
            dataset=NAME,
            recipe="quick",
            data_dir=scored_data_dir,
            output=finished[1],
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epoch": 2}, r"batch_size, .*epochs, .*Did you mean 'epochs'.*'epoch'"),
        ({"epochs": "many"}, "`epochs` must be of type int.*'many'"),
        ({"recipe": "fast"}, "`recipe` must be one of paper, quick.*'fast'"),
        ({"strategy": "many"}, "`strategy` must be one of none, .*'many'"),
        ({"learn_from": "none"}, "`learn_from` must be one of parts, all.*'none'"),
        ({"divisions": "some"}, "`divisions` must be one of official, random.*'some'"),
        ({"epoch_choice": "first"}, "`epoch_choice` must be one of validation, last"),
        (
            {"epoch_choice": "best_test", "learn_from": "all"},
            "`epoch_choice` must not be 'best_test' if no test image is left",
        ),
        ({"image_size": "large"}, "A size of images is expected.*'large'"),
        ({"seed": -1}, "`seed` must be at least 0.*-1"),
        ({"split_seed": -1}, "`split_seed` must be at least 0.*-1"),
    ],
)
def test_wrong_arguments_are_named_with_what_is_allowed(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        training.train_method("hyperiqa", output=tmp_path / "run", **arguments)
    assert not list(tmp_path.iterdir())


def test_methods_that_do_not_exist_are_named():
    with pytest.raises(ValueError, match=r"contentsep, contrique.*method='hyper'"):
        training.train_method("hyper")


def test_keyword_arguments_are_the_flags():
    parameters = inspect.signature(training.train_method).parameters.values()
    names = {one.name for one in parameters if one.kind is not one.VAR_KEYWORD}
    values = flags.FlagValues()
    training_flags.define(values)
    own = set(values) - set(flags.FlagValues())
    fields = {"set", *training_flags.FIELD_FLAGS}
    assert names == own - fields | {"verbose"}


def probe_request(data_dir, output, **changes):
    fields = {"backbone": "resnet10_slim", "backbone_weights": None, "tile_size": 32}
    return training.TrainingRequest(
        "linear_probe",
        dataset=NAME,
        data_dir=data_dir,
        output=output,
        fields=fields,
        **changes,
    )


def test_the_dtype_policy_is_what_it_was(scored_data_dir, tmp_path, monkeypatch):
    seen = []
    train = linear_probe.METHOD.train

    def noting(config, sources, run):
        with run.scope():
            seen.append(keras.config.dtype_policy().name)
        seen.append(keras.config.dtype_policy().name)
        if not run.seed:
            raise RuntimeError("broken")
        return train(config, sources, run)

    row = dataclasses.replace(linear_probe.METHOD, train=noting)
    monkeypatch.setattr(linear_probe, "METHOD", row)
    with pytest.raises(RuntimeError, match="broken"):
        training.train_request(
            probe_request(scored_data_dir, tmp_path / "a", mixed_precision=True)
        )
    assert keras.config.dtype_policy().name == "float32"
    assert not (tmp_path / "a").exists()
    training.train_request(
        probe_request(scored_data_dir, tmp_path / "b", mixed_precision=True, seed=1)
    )
    assert keras.config.dtype_policy().name == "float32"
    # What is trained is mixed; scorers around it are not.
    assert seen == ["mixed_bfloat16", "float32"] * 2


def test_a_method_is_checked_once(scored_data_dir, tmp_path, monkeypatch):
    checked = []

    def check(config, sources, run):
        assert not run.folder.exists()
        checked.append(config)
        linear_probe.check(config, sources, run)

    row = dataclasses.replace(linear_probe.METHOD, check=check)
    monkeypatch.setattr(linear_probe, "METHOD", row)
    run = training.train_request(probe_request(scored_data_dir, tmp_path / "a"))
    assert len(checked) == 1
    assert run.path == tmp_path / "a" / "scorer.keras"
    assert run.heldout is not None
    assert run.heldout.scored == 6
    assert run.example is not None
    assert run.example.is_file()


def test_lines_say_how_to_score(scored_data_dir, tmp_path):
    run = training.train_request(
        probe_request(scored_data_dir, tmp_path / "a", learn_from="all")
    )
    lines = run.lines()
    what = "Images that chose the epoch (none are held out) of mos_folder"
    assert lines[0].startswith(what)
    assert f"scorer: {run.path}" in lines
    assert lines[-1].endswith(f"tfiqa.score --model {run.path} {run.example}")
    record = json.loads((run.folder / "run.json").read_text())
    assert record["learn_from"] == "all"
    assert "test" not in record["outcome"]
