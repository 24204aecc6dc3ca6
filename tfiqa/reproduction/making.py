"""Encoders and scorers that plans share: the commands that make them, in order."""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence

from tfiqa.reproduction import tiny
from tfiqa.reproduction.predictors import MADE
from tfiqa.reproduction.predictors import PREDICTORS
from tfiqa.reproduction.predictors import Conversion
from tfiqa.reproduction.predictors import Learned
from tfiqa.reproduction.predictors import Training
from tfiqa.reproduction.setting import Setting
from tfiqa.reproduction.setting import Step
from tfiqa.reproduction.setting import set_flags
from tfiqa.reproduction.setting import slug

# What a name of images below the folder of published files begins with.
FILES = "{files}/"
GENERATED = ("stream:", "synthetic_iqa")
WATERLOO = "waterloo/pristine_images"
# Datasets that users name themselves.
NAMED = ("danbooru",)


class Maker:
    """Collects the commands that make what a plan reads.

    Args:
        setting: The folders and the scale.

    Attributes:
        setting: The same.
        steps: Commands that make encoders and scorers, each after what it reads.
        datasets: Datasets that the commands read.
        needs: What else they read, `KIND:NAME` with the kind `files`, `weights` or
            `scores`.
    """

    def __init__(self, setting: Setting):
        self.setting = setting
        self.steps: list[Step] = []
        self.datasets: list[str] = []
        self.needs: list[str] = []

    def dataset(self, name: str) -> str:
        """Notes that a dataset is read; returns its name."""
        if name not in self.datasets and not name.startswith(GENERATED):
            self.datasets.append(name)
        return name

    def waterloo(self) -> str:
        """Returns the flag for the pristine images of Waterloo Exploration."""
        self.needs.append("files:waterloo")
        return f"--pristine={self.setting.files}/{WATERLOO}"

    def prepared(self) -> list[Step]:
        """Returns the commands that prepare the datasets."""
        if self.setting.is_tiny:
            return []  # Stand-ins are written instead.
        return [self._preparation(name) for name in self.datasets]

    def made(self, name: str) -> str:
        """Returns the file of an encoder or a scorer; notes what makes it.

        Args:
            name: A key of `MADE`.
        """
        row, folder = MADE[name], f"{self.setting.output}/made/{slug(name)}"
        if isinstance(row, Conversion):
            return self._converted(row, folder)
        return self._trained(row, folder)

    def made_on_all(self, name: str, dataset: str) -> str:
        """Returns the scorer of a row of a table, trained on all of a dataset."""
        row = PREDICTORS[name]
        if not isinstance(row, Learned):
            raise TypeError(f"A method to train is expected. Received: {row}")
        training = dataclasses.replace(
            row.training, dataset=dataset, learn_from="all", makes="scorer.keras"
        )
        folder = f"{self.setting.output}/made/{slug(name)}-of-{dataset}"
        return self._trained(training, folder)

    def learning_flags(self, training: Training, dataset: str) -> tuple[str, ...]:
        """Returns the flags of `tfiqa.train` for a dataset, without method and folder.

        Args:
            training: What is trained; notes what it reads.
            dataset: The rated dataset, on which the recipe may depend.
        """
        recipe = training.recipes.get(dataset, training.recipe)
        flags = [] if recipe == "paper" else [f"--recipe={recipe}"]
        for name, value in (
            ("images", training.images),
            ("authentic_images", training.authentic_images),
        ):
            if value is not None:
                flags.append(f"--{name}={self._images(value)}")
        if training.encoders:
            flags.append(f"--encoder={','.join(map(self.made, training.encoders))}")
        return (*flags, *set_flags(self._fields(training)))

    def trained_alone(self, name: str, *, without: Sequence[str]) -> tuple[str, ...]:
        """Returns the flags of the training of a key of `MADE`, without some fields."""
        row = MADE[name]
        if not isinstance(row, Training):
            raise TypeError(f"A training is expected. Received: {row}")
        skipped = tuple(f"--set={field}=" for field in without)
        flags = self.learning_flags(row, row.dataset)
        return tuple(flag for flag in flags if not flag.startswith(skipped))

    def evaluation(self, arguments: Sequence[str], folder: str) -> Step:
        """Returns an evaluation that writes its results into a folder."""
        where = [f"--output={folder}", f"--cache={self.setting.output}/cache"]
        small = tiny.EVALUATION if self.setting.is_tiny else ()
        return Step(
            "evaluate",
            (*arguments, *where, *self.setting.data_flags, *small),
            f"{folder}/results.json",
        )

    def _fields(self, training: Training) -> Mapping[str, object]:
        """Returns the fields of the config, those of the scale first."""
        small = (
            tiny.fields(training.method, self.setting) if self.setting.is_tiny else {}
        )
        weights = {}
        if not self.setting.is_tiny:
            self.needs += [f"weights:{file}" for file in training.weights.values()]
            folder = self.setting.weights
            weights = {k: f"{folder}/{file}" for k, file in training.weights.items()}
        return {**small, **training.fields, **weights}

    def _images(self, names: str) -> str:
        """Returns names of unlabeled images at this scale; notes what they read."""
        chosen = []
        for name in names.split(","):
            if name.startswith(FILES):
                self.needs.append(f"files:{name.removeprefix(FILES)}")
                chosen.append(self.setting.files + "/" + name.removeprefix(FILES))
            elif name == "none" or name.startswith(GENERATED):
                chosen.append(tiny.stream(name) if self.setting.is_tiny else name)
            else:
                self.dataset(name.partition(":")[0])
                chosen.append(name)
        return ",".join(chosen)

    def _trained(self, training: Training, folder: str) -> str:
        """Returns the file that a training makes; notes the training."""
        makes = f"{folder}/{training.makes}"
        if not any(step.makes == makes for step in self.steps):
            learning = self.learning_flags(training, training.dataset)
            of_all = ["--learn_from=all"] if training.learn_from == "all" else []
            arguments = [
                f"--method={training.method}",
                f"--dataset={self.dataset(training.dataset)}",
                *(f"--output={folder}", "--resume", *of_all, *learning),
                *self.setting.data_flags,
            ]
            self.steps.append(Step("train", tuple(arguments), makes))
        return makes

    def _converted(self, row: Conversion, folder: str) -> str:
        """Returns the file that a conversion makes; notes the conversion."""
        makes = f"{folder}.keras"
        if not any(step.makes == makes for step in self.steps):
            file = tiny.official(row.file) if self.setting.is_tiny else row.file
            self.needs.append(f"weights:{file}")
            recipe = [] if row.recipe == "paper" else [f"--recipe={row.recipe}"]
            arguments = [
                *(f"--method={row.method}", *recipe, "--overwrite"),
                *(f"{self.setting.weights}/{file}", f"--output={makes}"),
            ]
            self.steps.append(Step("convert", tuple(arguments), makes))
        return makes

    def _preparation(self, name: str) -> Step:
        """Returns the command that prepares a dataset from its published files."""
        base, _, config = name.partition("/")
        named = [base, f"--name={config}"] if base in NAMED else [name]
        source = f"--manual_dir={self.setting.files}/{base}"
        arguments = (*named, source, *self.setting.data_flags)
        return Step("prepare", arguments, "", dataset=name)
