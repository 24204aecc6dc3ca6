"""The methods, by the name that `--method` takes."""

from collections.abc import Mapping
from typing import Any
from typing import Protocol

import keras

from tfiqa.data.sources import Sources
from tfiqa.methods import hyperiqa
from tfiqa.methods import linear_probe
from tfiqa.trainers import Run


class Method(Protocol):
    """What the module of a method offers; see `hyperiqa`.

    Attributes:
        Config: A frozen dataclass; its defaults are the paper's.
        QUICK: Overrides for the newcomer's run on generated pictures.

    A module may also offer `RELEASED`, overrides by the name of a behaviour that the
    authors' code has and their paper does not, and `convert`, from the arrays of an
    official checkpoint to a scorer.
    """

    Config: Any
    QUICK: Mapping[str, Any]

    def train(self, config: Any, sources: Sources, run: Run) -> keras.Model:
        """Returns the scorer learned from `sources`."""
        ...


METHODS: dict[str, Method] = {
    "hyperiqa": hyperiqa,
    "linear_probe": linear_probe,
}


def recipes(method: Method) -> dict[str, Mapping[str, Any]]:
    """Returns the overrides of the method's `Config` by the name of a recipe."""
    released = getattr(method, "RELEASED", {})
    return {"paper": {}, "quick": method.QUICK, **released}
