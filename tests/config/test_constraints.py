"""Tests of what the fields of the `Config` of a method may be."""

import dataclasses
import math

import pytest

from tfiqa.config import constraints
from tfiqa.methods import METHODS


@dataclasses.dataclass
class Toy:
    rate: float = 0.1
    law: str = "one"
    side: int = 2


@pytest.mark.parametrize("rate", [0.0, -1.0, math.inf, math.nan])
def test_fields_beyond_their_bounds_are_told(rate):
    constraints.check_bounds(Toy(), {"rate": constraints.POSITIVE})
    with pytest.raises(
        ValueError, match=f"`rate` must be positive and finite.*rate={rate}"
    ):
        constraints.check_bounds(Toy(rate=rate), {"rate": constraints.POSITIVE})


@pytest.mark.parametrize(("name", "value"), [("law", "three"), ("side", 3)])
def test_fields_that_are_no_choice_are_told(name, value):
    choices = {"law": ("one", "two"), "side": (1, 2)}
    constraints.check_choices(Toy(), choices)
    with pytest.raises(ValueError, match=f"`{name}` must be one of .*{name}={value!r}"):
        constraints.check_choices(dataclasses.replace(Toy(), **{name: value}), choices)


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("hyperiqa", "learning_rate", 0.0),
        ("hyperiqa", "weight_decay", -1.0),
        ("hyperiqa", "crop_size", 100),
        ("hyperiqa", "hidden", ()),
        ("hyperiqa", "resize", (512,)),
        ("hyperiqa", "coverage", "most"),
        ("linear_probe", "tile_size", 0),
        ("linear_probe", "alphas", (1.0, -1.0)),
        ("linear_probe", "stages", "first"),
        ("contrique", "colors", ("gray", "cmyk")),
        ("contrique", "colors", ()),
        ("contrique", "alphas", ()),
        ("contentsep", "pairing", "none"),
        ("contentsep", "temperature", math.nan),
        ("reiqa", "overlap", (0.3, 0.1)),
        ("reiqa", "queue_size", 1),
        ("reiqa", "content_learning_rate", 0.0),
        ("reiqa", "scales", 3),
        ("ilniqe", "kept", 2.0),
        ("niqe", "sharpest", 1.0),
    ],
)
def test_methods_tell_what_they_cannot_be_trained_by(method, name, value):
    config = METHODS[method].config()
    with pytest.raises(ValueError, match=f"`{name}` must.*{name}="):
        dataclasses.replace(config, **{name: value})
