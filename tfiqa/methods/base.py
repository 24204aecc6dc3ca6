"""The interface of a method to the rest of the package: one frozen row.

Importing this module does not load Keras, so names and rows of methods are available
to commands at little cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Any

from tfiqa.config.overrides import override

if TYPE_CHECKING:
    import keras

    from tfiqa.data.sources import Sources
    from tfiqa.trainers import Run

# One value for all recipes, or a value for each; `paper` is the default for the rest.
ByRecipe = str | Mapping[str, str] | None


@dataclasses.dataclass(frozen=True)
class Method:
    """A method: its config, training, checks and conversion.

    Attributes:
        name: The key in `METHODS`, and the value of `--method`.
        summary: What the method is, in one sentence.
        config: A frozen dataclass of hyperparameters; its defaults are the paper's.
        recipes: Overrides of the config by the name of a recipe. `"paper"` is empty;
            `"quick"` is a reduced run for first trials; others are behaviors
            of the authors' code that are not in their paper.
        check: `check(config, sources, run)` raises a `ValueError` if `train` cannot
            start. It writes nothing.
        train: `train(config, sources, run)` returns the scorer, a model from images to
            scores. It relies on `check`, which `tfiqa.training.train_request` calls
            once before it creates the folder of the run.
        by_epochs: Whether scored images choose the epoch of a network; see
            `Sources.epoch_choice`.
        augments: Whether the device of a training can distort or augment its images;
            see `trainers.augmented`.
        images: Name of the unlabeled images that the method learns from if the user
            names none; see `tfiqa.training.unlabeled`. `None` if it learns from scores
            alone.
        authentic_images: Such a name for photographs, `"none"`, or `""` for the
            training rows of the dataset.
        needs_images: Whether the images are needed even if an encoder is given.
        images_suffice: Whether images named by the user replace photographs too.
        encoders: Names of the encoders whose features the method can join, in the
            order in which their files are named.
        join_encoders: Function from these files to one encoder.
        read_checkpoint: Function from the path of an official checkpoint to what
            `convert` takes instead of arrays, if the file does not hold named arrays.
        convert: `convert(arrays, config)` returns the scorer or the encoder of an
            official checkpoint.
        with_regressor: Function from an encoder and the file of a published regressor
            to a scorer.
        next_flags: Flags of `tfiqa.train` that make a scorer of a converted encoder.
        ablation: Overrides of the config for the rows of the paper's ablation table,
            by their names there.
        sheets: By kind, a function that draws what the method compares:
            `draw(images, authentic_images, recipe=..., seed=...)` returns a PNG.
    """

    name: str
    summary: str
    config: type[Any]
    recipes: Mapping[str, Mapping[str, Any]]
    check: Callable[[Any, Sources, Run], None]
    train: Callable[[Any, Sources, Run], keras.Model]
    by_epochs: bool = False
    augments: bool = False
    images: ByRecipe = None
    authentic_images: ByRecipe = None
    needs_images: bool = False
    images_suffice: bool = False
    encoders: tuple[str, ...] = ()
    join_encoders: Callable[..., keras.Model] | None = None
    read_checkpoint: Callable[[Any], Any] | None = None
    convert: Callable[[Any, Any], keras.Model] | None = None
    with_regressor: Callable[[keras.Model, str], keras.Model] | None = None
    next_flags: str = ""
    ablation: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    sheets: Mapping[str, Callable[..., bytes]] = dataclasses.field(default_factory=dict)

    def configured(
        self, recipe: str = "paper", fields: Mapping[str, Any] | None = None
    ) -> Any:
        """Returns the config with a recipe applied, and `fields` on top of it.

        Args:
            recipe: A key of `recipes`.
            fields: Values by the name of a field.

        Raises:
            ValueError: If a recipe, a field or a value is not allowed.
        """
        if recipe not in self.recipes:
            raise ValueError(
                f"`recipe` must be one of {', '.join(self.recipes)}. "
                f"Received: recipe={recipe!r}"
            )
        return override(self.config(), {**self.recipes[recipe], **(fields or {})})

    def images_for(self, recipe: str) -> str | None:
        """Returns the name of the images that a recipe learns from by default."""
        return _by_recipe(self.images, recipe)

    def authentic_images_for(self, recipe: str) -> str | None:
        """Returns the name of the photographs that a recipe learns from by default."""
        return _by_recipe(self.authentic_images, recipe)


def _by_recipe(value: ByRecipe, recipe: str) -> str | None:
    if isinstance(value, Mapping):
        return value.get(recipe, value.get("paper"))
    return value
