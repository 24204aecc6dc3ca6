"""The flags of a training, and requests."""

import pytest
from absl import flags

from tfiqa.training.flags import define
from tfiqa.training.flags import format_flags
from tfiqa.training.flags import parse
from tfiqa.training.request import TrainingRequest


def test_flags_become_a_request():
    request = parse(
        [
            *("--method", "reiqa", "--dataset=koniq10k", "--seed=3", "--resume"),
            *("--set", "n_aug=3", "--set=overlap=(0.1, 0.4)", "--expert=quality"),
            *("--backbone_weights", "none", "--split_seed=2", "--mixed_precision"),
        ]
    )
    assert request == TrainingRequest(
        "reiqa",
        dataset="koniq10k",
        fields={
            "n_aug": 3,
            "overlap": (0.1, 0.4),
            "expert": "quality",
            "backbone_weights": None,
        },
        seed=3,
        split_seed=2,
        mixed_precision=True,
        resume=True,
    )


def test_defaults_are_those_of_a_request():
    assert parse(["--method=niqe"]) == TrainingRequest("niqe")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset=x"], "method"),
        (["--method=hyper"], "hyperiqa"),
        (["--method=niqe", "--learning_rate=1"], "learning_rate"),
        (["--method=niqe", "--seed=-1"], "seed"),
        (["--method=niqe", "--set=size"], "name=value"),
        (["--method=niqe", "stray"], "stray"),
    ],
)
def test_wrong_flags_are_value_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        parse(arguments)


def test_reading_flags_leaves_those_of_the_process_alone():
    before = set(flags.FLAGS)
    parse(["--method=niqe"])
    assert set(flags.FLAGS) == before
    assert "method" not in before


def test_a_request_is_formatted_as_flags_of_the_same_meaning():
    request = TrainingRequest(
        "hyperiqa",
        dataset="koniq10k",
        recipe="official_koniq",
        fields={"hidden": (8, 4), "backbone": "resnet18", "backbone_weights": None},
        output="runs/a b",
        strategy="mirrored",
        resume=True,
        learn_from="all",
    )
    assert parse(format_flags(request)) == request
    assert format_flags(TrainingRequest("niqe")) == ["--method=niqe"]


def test_every_field_of_a_request_has_a_flag():
    values = flags.FlagValues()
    define(values)
    fields = set(TrainingRequest.__dataclass_fields__)
    assert fields - {"fields", "verbose"} == {n for n in values if n in fields}


@pytest.mark.parametrize(
    ("arguments", "recipe", "dataset"),
    [
        ({}, "quick", "synthetic_iqa"),
        ({"dataset": "x"}, "paper", "x"),
        ({"recipe": "paper"}, "paper", "synthetic_iqa"),
        ({"recipe": "quick", "dataset": "x"}, "quick", "x"),
    ],
)
def test_the_recipe_follows_the_dataset(arguments, recipe, dataset):
    request = TrainingRequest("hyperiqa", **arguments)
    assert request.chosen_recipe == recipe
    assert request.dataset_name == dataset
