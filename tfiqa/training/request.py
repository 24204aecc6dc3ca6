"""The request of a training run; importing this does not load Keras."""

import dataclasses
import math
import os
from collections.abc import Mapping
from typing import Any

from tfiqa.methods import METHODS
from tfiqa.training.strategies import NAMES as STRATEGIES

# The default dataset for first trials: generated and prepared during the run.
EMBEDDED = "synthetic_iqa"
LEARN_FROM = ("parts", "all")
DIVISIONS = ("official", "random")
# A copy of `data.sources.EPOCH_CHOICES`, to import no TensorFlow; a test compares them.
EPOCH_CHOICES = ("validation", "last", "best_test")
# A copy of `trainers.augmented.PLACES`, likewise.
PLACES = ("auto", "cpu", "device")


@dataclasses.dataclass(frozen=True)
class TrainingRequest:
    """A training run; names and defaults are those of the flags of `tfiqa.train`.

    Attributes:
        method: A key of `METHODS`.
        dataset: A prepared dataset; `None` for generated images.
        recipe: A recipe of the method. `None` for `"paper"` if a dataset is named, else
            for `"quick"`.
        fields: Values by the name of a field of the method's config, on top of the
            recipe.
        images: Unlabeled images by name; see `tfiqa.training.unlabeled`.
        authentic_images: Unlabeled photographs by name, `"none"`, or `""` for the
            training rows of the dataset.
        encoder: File of an encoder to use instead of training one; for a method that
            joins encoders, their files separated by commas.
        data_dir: Folder of prepared datasets; `None` for TFDS's default.
        output: Folder of the run; `None` for `runs/METHOD`.
        seed: Seed of every random choice, at least 0.
        split_seed: Seed of the division of the dataset, at least 0.
        divisions: `"official"` for the official parts of the dataset, if it has any;
            `"random"` to divide it by content in any case.
        learn_from: `"parts"`: training and validation; `"all"`: every image, which
            leaves none to test on.
        epoch_choice: How the epoch of a network is chosen: `"validation"` (training on
            70 %), `"last"` (a fixed number of epochs on 80 %), or `"best_test"`, whose
            figures are too good; see `Sources.for_epochs`.
        image_size: Size to which the images of the dataset are resized, such as
            `"512"`; `None` for their own. See `data.image_size`.
        export_preset: Folder to write the scorer into as a preset, without its trunk,
            which comes from its package; for `frozen_trunk` and for `hyperiqa` with
            `cache_maps`.
        strategy: Devices to train on: one of `strategies.NAMES`.
        mixed_precision: Whether to compute in bfloat16 where possible.
        feeding_processes: Number of processes that make batches; 1 for the training's
            own. The batches are the same with any number.
        augment_on: Where training images are distorted and augmented: `"cpu"`,
            `"device"`, the one that computes the steps, or `"auto"`, which is the
            device if TensorFlow sees a GPU that can make the first batch. For methods
            that distort or augment images; pixels are the same but for single levels.
        resume: Whether to continue the run in `output`.
        overwrite: Whether to replace the run in `output` by a new one.
        checkpoint_minutes: Minutes between states that are written within an epoch; 0
            for states at the ends of epochs only.
        profile: Whether to trace ten steps into the folder of the run.
        verbose: 0 for silence, 1 for a bar, 2 for a line per epoch, and within long
            ones.

    Raises:
        ValueError: If a value is not allowed.
    """

    method: str
    dataset: str | None = None
    recipe: str | None = None
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    images: str | None = None
    authentic_images: str | None = None
    encoder: str | None = None
    data_dir: str | os.PathLike[str] | None = None
    output: str | os.PathLike[str] | None = None
    seed: int = 0
    split_seed: int = 0
    divisions: str = "official"
    learn_from: str = "parts"
    epoch_choice: str = "validation"
    image_size: str | None = None
    export_preset: str | os.PathLike[str] | None = None
    strategy: str = "none"
    mixed_precision: bool = False
    feeding_processes: int = 1
    augment_on: str = "auto"
    resume: bool = False
    overwrite: bool = False
    checkpoint_minutes: float = 15.0
    profile: bool = False
    verbose: int = 1

    def __post_init__(self):
        for name, allowed in (
            ("method", sorted(METHODS)),
            ("learn_from", LEARN_FROM),
            ("divisions", DIVISIONS),
            ("epoch_choice", EPOCH_CHOICES),
            ("strategy", STRATEGIES),
            ("augment_on", PLACES),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueError(
                    f"`{name}` must be one of {', '.join(allowed)}. "
                    f"Received: {name}={value!r}"
                )
        for name in ("seed", "split_seed"):
            if getattr(self, name) < 0:
                raise ValueError(
                    f"`{name}` must be at least 0. "
                    f"Received: {name}={getattr(self, name)}"
                )
        if self.feeding_processes < 1:
            raise ValueError(
                "`feeding_processes` must be at least 1. "
                f"Received: feeding_processes={self.feeding_processes}"
            )
        if not 0 <= self.checkpoint_minutes < math.inf:
            raise ValueError(
                "`checkpoint_minutes` must be a number of at least 0. "
                f"Received: checkpoint_minutes={self.checkpoint_minutes}"
            )
        if self.augment_on == "device" and not METHODS[self.method].augments:
            raise ValueError(
                "`augment_on` is for methods that distort or augment images on a "
                f"device. Received: method={self.method!r}, augment_on='device'"
            )
        chosen = self.epoch_choice != "validation"
        if chosen and not METHODS[self.method].by_epochs:
            raise ValueError(
                "`epoch_choice` is for methods that learn from scores by epochs. "
                f"Received: method={self.method!r}, epoch_choice={self.epoch_choice!r}"
            )
        if self.epoch_choice == "best_test" and self.learn_from == "all":
            raise ValueError(
                "`epoch_choice` must not be 'best_test' if no test image is left. "
                "Received: learn_from='all', epoch_choice='best_test'"
            )

    @property
    def chosen_recipe(self) -> str:
        """The recipe of the request, or the default."""
        return self.recipe or ("paper" if self.dataset else "quick")

    @property
    def dataset_name(self) -> str:
        """The dataset of the request, or the generated one."""
        return self.dataset or EMBEDDED
