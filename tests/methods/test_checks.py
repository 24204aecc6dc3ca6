"""What every method refuses before it begins."""

import dataclasses

import pytest

from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import METHODS

# Of the quick recipe, for the pictures below.
SMALL = {"contentsep": {"patch_size": 16}}

# For the pictures below: what a field of the quick recipe may not be.
TOO_LARGE = {
    "contentsep": ("scenes", "batch_size"),
    "contrique": ("batch_size",),
    "hyperiqa": ("batch_size",),
    "musiq": ("batch_size",),
    "pqr": ("batch_size",),
    "reiqa": ("batch_size", "content_batch_size"),
    "wadiqam": ("batch_size",),
}
BACKBONES = [
    (name, field)
    for name, method in METHODS.items()
    for field in vars(method.config())
    if field.split("_")[-1] == "backbone"
]


@pytest.fixture(scope="module")
def sources():
    labeled = toy_source(12), toy_source(5)
    pictures = of_source(toy_source(40))
    return Sources(*labeled, pictures, pictures)


def refused(name, overrides, sources, folder, message):
    """Whether a method refuses to be trained, and leaves nothing."""
    config = METHODS[name].configured("quick", overrides)
    with pytest.raises(ValueError, match=message):
        METHODS[name].check(config, sources, trainers.Run(folder, verbose=0))
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", TOO_LARGE)
def test_enough_pictures_are_no_error(name, sources, tmp_path):
    config = METHODS[name].configured("quick", SMALL.get(name, {}))
    METHODS[name].check(config, sources, trainers.Run(tmp_path))


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for name in TOO_LARGE for field in TOO_LARGE[name]],
)
def test_pictures_must_fill_a_batch(name, field, sources, tmp_path):
    overrides = {field: 960, **({"queue_size": 10**5} if name == "reiqa" else {})}
    refused(name, overrides, sources, tmp_path, r"(960|120),.*toy|batch_size=960.*toy")


@pytest.mark.parametrize(("name", "field"), BACKBONES)
def test_backbones_must_exist(name, field, sources, tmp_path):
    message = rf"`{field}` .*resnet50.*{field}='resnet5'"
    refused(name, {field: "resnet5"}, sources, tmp_path, message)
    weights = f"{field}_weights"
    message = rf"`{weights}` .*{weights}='/no/such.h5'"
    refused(name, {weights: "/no/such.h5"}, sources, tmp_path, message)
    wrong = {field: "resnet10_slim", weights: "imagenet"}
    refused(name, wrong, sources, tmp_path, f"{weights}.*weights of resnet10_slim")


def test_pristine_distance_needs_an_encoder_and_pristine_patches(sources, tmp_path):
    refused("pristine_distance", {}, sources, tmp_path, "An encoder is expected")
    given = dataclasses.replace(sources, encoder=tmp_path / "none.keras")
    refused("pristine_distance", {}, given, tmp_path, "At least 2 pristine patches")


def test_all_methods_with_a_backbone_are_checked():
    without = {"musiq", "wadiqam"}
    assert {name for name, _ in BACKBONES} == {
        *(set(TOO_LARGE) - without),
        *("db_cnn", "frozen_trunk", "linear_probe", "sfa"),
    }


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("contentsep", {"scenes": 31, **SMALL["contentsep"]}),
        ("contrique", {"batch_size": 62}),
        ("hyperiqa", {"batch_size": 62}),
        ("reiqa", {"batch_size": 31, "expert": "quality"}),
    ],
)
def test_batches_that_cannot_be_cut_are_refused(name, overrides, sources, tmp_path):
    overrides = {**overrides, "micro_batch": 20}
    refused(name, overrides, sources, tmp_path, r"micro_batch=\d+ or .*micro_batch=20")


@pytest.mark.parametrize("value", [0, -1, 2.5, "some"])
def test_a_micro_batch_is_a_count(value):
    for name in ("contentsep", "contrique", "hyperiqa", "reiqa"):
        with pytest.raises(ValueError, match=f"`micro_batch`.*micro_batch={value}"):
            METHODS[name].configured("quick", {"micro_batch": value})


def test_the_batch_of_the_paper_stays_and_eight_devices_name_the_next(
    sources, tmp_path
):
    class EightReplicas:
        num_replicas_in_sync = 8

    config = METHODS["reiqa"].configured("paper")
    assert config.batch_size == 630
    run = trainers.Run(tmp_path, strategy=EightReplicas(), verbose=0)
    message = (
        r"batch_size=632, 2 more in each batch \(0.3 %\).*Received: batch_size=630"
    )
    with pytest.raises(ValueError, match=message):
        METHODS["reiqa"].check(config, sources, run)
    assert run.cut(632 * 24, 250).part == 237
