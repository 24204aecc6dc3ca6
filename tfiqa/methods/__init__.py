"""The methods, by the name that `--method` takes."""

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import Protocol

import keras

from tfiqa.backbones.checkpoints import Arrays
from tfiqa.config.overrides import override
from tfiqa.data.sources import Sources
from tfiqa.methods import contentsep
from tfiqa.methods import contrique
from tfiqa.methods import hyperiqa
from tfiqa.methods import ilniqe
from tfiqa.methods import linear_probe
from tfiqa.methods import niqe
from tfiqa.methods import pristine_distance
from tfiqa.methods import reiqa
from tfiqa.trainers import Run


class Method(Protocol):
    """What the module of a method offers; see `hyperiqa`.

    Attributes:
        Config: A frozen dataclass; its defaults are the paper's.
        QUICK: Overrides for the newcomer's run on generated pictures.

    A module may also offer `RELEASED`, overrides by the name of a behaviour that the
    authors' code has and their paper does not. One that learns from pictures without
    scores offers `IMAGES`, the name of those that it learns from where its user names
    none; see `tfiqa.training.unlabeled`. `AUTHENTIC_IMAGES` is such a name of
    photographs, `"none"`, or `""` for the training rows of the dataset. Either may be
    a mapping of
    such names by recipe; see `by_recipe`. `NEEDS_IMAGES` is true where an encoder does
    not stand in for these pictures. One that can join the features of several encoders
    names these, in their order, in `ENCODERS`. `check(config, sources, run)` raises a
    `ValueError` where `train` could not begin, and writes nothing. `IMAGES_SUFFICE` is
    true where named pictures stand in for photographs too.
    """

    Config: Any

    @property
    def QUICK(self) -> Mapping[str, Any]:
        """See the class."""
        ...

    def train(self, config: Any, sources: Sources, run: Run) -> keras.Model:
        """Returns the scorer learned from `sources`."""
        ...


METHODS: dict[str, Method] = {
    "contentsep": contentsep,
    "contrique": contrique,
    "hyperiqa": hyperiqa,
    "ilniqe": ilniqe,
    "linear_probe": linear_probe,
    "niqe": niqe,
    "pristine_distance": pristine_distance,
    "reiqa": reiqa,
}


# From the arrays of an official checkpoint, and a `Config`, to a scorer or an encoder.
CONVERTERS: dict[str, Callable[[Arrays, Any], keras.Model]] = {
    "contentsep": contentsep.convert,
    "contrique": contrique.convert,
    "hyperiqa": hyperiqa.convert,
    "ilniqe": ilniqe.convert,
    "niqe": niqe.convert,
    "reiqa": reiqa.convert,
}


# From an encoder and the file of a published regressor to a scorer.
REGRESSORS: dict[str, Callable[[keras.Model, str], keras.Model]] = {
    "contrique": contrique.with_regressor,
}


def recipes(method: Method) -> dict[str, Mapping[str, Any]]:
    """Returns the overrides of the method's `Config` by the name of a recipe."""
    released = getattr(method, "RELEASED", {})
    return {"paper": {}, "quick": method.QUICK, **released}


def configured(method: Method, recipe: str, overrides: Mapping[str, Any]) -> Any:
    """Returns the method's `Config` with a recipe applied, and `overrides` upon it.

    Raises:
        ValueError: Of a recipe, a field or a value that does not exist.
    """
    known = recipes(method)
    if recipe not in known:
        raise ValueError(
            f"`recipe` must be one of {', '.join(known)}. Received: recipe={recipe!r}"
        )
    return override(method.Config(), {**known[recipe], **overrides})


def by_recipe(method: Method, attribute: str, recipe: str) -> Any:
    """Returns what a method offers under a recipe, or `None`.

    Args:
        method: A method.
        attribute: Its attribute, one value for all recipes or a mapping of values by
            recipe, where `paper` stands for all that are not in it.
        recipe: A key of `recipes(method)`.
    """
    value = getattr(method, attribute, None)
    if isinstance(value, Mapping):
        return value.get(recipe, value.get("paper"))
    return value


def check(method: Method, config: Any, sources: Sources, run: Run) -> None:
    """Raises a `ValueError` where a method that can tell could not begin."""
    checked = getattr(method, "check", None)
    if checked is not None:
        checked(config, sources, run)
