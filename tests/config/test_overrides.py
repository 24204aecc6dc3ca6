"""Tests of the overrides."""

import dataclasses

import pytest

from tfiqa.config import overrides as configs


@dataclasses.dataclass(frozen=True)
class Config:
    epochs: int = 1
    rate: float = 0.5
    name: str | None = "x"
    sizes: tuple[int, ...] = (1, 2)
    shares: tuple[float, ...] = (0.5,)
    hyper: bool = True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epochs=3", {"epochs": 3}),
        ("rate=2", {"rate": 2.0}),
        ("rate=1e-3", {"rate": 1e-3}),
        ("name=resnet18", {"name": "resnet18"}),
        ("name=None", {"name": None}),
        ("name=none", {"name": None}),
        ("hyper=false", {"hyper": False}),
        ("sizes=(4, 5, 6)", {"sizes": (4, 5, 6)}),
        ("sizes=[7]", {"sizes": (7,)}),
        ("shares=(1, 0.5)", {"shares": (1.0, 0.5)}),
        ("name=a=b", {"name": "a=b"}),
    ],
)
def test_values_are_read_by_the_type_of_the_field(text, expected):
    changed = configs.override(Config(), configs.parse([text]))
    assert changed == dataclasses.replace(Config(), **expected)
    (value,) = expected.values()
    assert type(getattr(changed, next(iter(expected)))) is type(value)


def test_later_values_win():
    changed = configs.override(Config(), configs.parse(["epochs=3", "epochs=4"]))
    assert changed.epochs == 4


@pytest.mark.parametrize(
    "text",
    ["epochs=many", "epochs=1.5", "sizes=3", "hyper=2", "epochs=None", "sizes=None"],
)
def test_values_of_another_type_are_refused(text):
    name, value = text.split("=")
    with pytest.raises(ValueError, match=f"`{name}` must be of type .*{value}"):
        configs.override(Config(), configs.parse([text]))


@pytest.mark.parametrize(
    "text", ["sizes=(1, 'b')", "sizes=(1, 2.5)", "shares=('a',)", "sizes=(None,)"]
)
def test_elements_of_another_type_are_refused(text):
    name, _, _ = text.partition("=")
    with pytest.raises(ValueError, match=f"`{name}` must be of type .*Received: "):
        configs.override(Config(), configs.parse([text]))


def test_a_misspelt_name_lists_what_exists():
    with pytest.raises(
        ValueError, match=r"epochs, hyper, name.*mean 'epochs'.*'epoch'"
    ):
        configs.override(Config(), {"epoch": 3})


def test_a_name_alone_is_refused():
    with pytest.raises(ValueError, match="'epochs'"):
        configs.parse(["epochs"])
