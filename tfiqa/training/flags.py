"""The flags of a training, and the requests that they describe.

`tfiqa.train` defines them as its own; other commands parse training flags from a text
or from the arguments after `--`.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from absl import flags

from tfiqa.config import overrides
from tfiqa.methods import METHODS
from tfiqa.training import strategies
from tfiqa.training.request import DIVISIONS
from tfiqa.training.request import EMBEDDED
from tfiqa.training.request import EPOCH_CHOICES
from tfiqa.training.request import LEARN_FROM
from tfiqa.training.request import PLACES
from tfiqa.training.request import TrainingRequest

# Fields of the configs that have their own flag.
FIELD_FLAGS = (
    *("expert", "backbone_weights", "micro_batch"),
    *("regressor", "standardize", "crops"),
)

_REQUEST_FLAGS = tuple(
    field.name
    for field in dataclasses.fields(TrainingRequest)
    if field.name not in ("fields", "verbose")
)


def define(values: flags.FlagValues) -> None:
    """Defines the flags of a training in `values`."""
    _define_data(values)
    _define_run(values)
    _define_config(values)


def _define_data(values: flags.FlagValues) -> None:
    def text(name: str, meaning: str) -> None:
        flags.DEFINE_string(name, None, meaning, flag_values=values)

    text("dataset", f"A prepared dataset. Default: `{EMBEDDED}`, which is generated.")
    text("images", "Names of unlabeled images.")
    text(
        "authentic_images",
        "Names of unlabeled photographs, or `none`. Default: the training images of "
        "--dataset; for reiqa, those of --images if given.",
    )
    text(
        "encoder",
        "An encoder.keras, or a preset, to use instead of training one; for reiqa also "
        "two, QUALITY.keras,CONTENT.keras, whose features are joined.",
    )
    text(
        "export_preset",
        "Folder to write the scorer into without its trunk, in the form of presets.",
    )
    text("data_dir", "Folder of prepared datasets; TFDS's default if not given.")
    flags.DEFINE_integer(
        "split_seed",
        *(0, "Seed of the division of the data."),
        lower_bound=0,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "divisions",
        "official",
        DIVISIONS,
        "The official parts of the dataset, if there are any, or `random` ones.",
        flag_values=values,
    )
    text(
        "image_size",
        "Size to which images of --dataset are resized: `512` (shorter side), "
        "`512x384` (height x width) or `x0.75`.",
    )
    flags.DEFINE_enum(
        "epoch_choice",
        "validation",
        EPOCH_CHOICES,
        "The epoch of a network: the best on validation images; the last, trained on "
        "these too; or the best on test images, whose figures are too good.",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "learn_from",
        "parts",
        LEARN_FROM,
        "The parts for training and validation, or `all` images, leaving none to test.",
        flag_values=values,
    )


def _define_run(values: flags.FlagValues) -> None:
    flags.DEFINE_string(
        "output", None, "Folder of the run; `runs/METHOD` by default.", values
    )
    flags.DEFINE_integer(
        "seed", 0, "Seed of every random choice.", lower_bound=0, flag_values=values
    )
    flags.DEFINE_enum(
        *("strategy", "none", strategies.NAMES, "Devices to train on."),
        flag_values=values,
    )
    flags.DEFINE_integer(
        "feeding_processes",
        *(1, "Processes that make batches; 1 for the training's own."),
        lower_bound=1,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "augment_on",
        "auto",
        PLACES,
        "Where training images are distorted and augmented: on the CPU, on the device "
        "that trains, or, if `auto`, on the device if it is a GPU that can.",
        flag_values=values,
    )
    for name, meaning in (
        ("mixed_precision", "Compute in bfloat16 where possible."),
        ("resume", "Resume the run in --output."),
        ("overwrite", "Replace the run in --output by a new one."),
        ("profile", "Trace ten steps into --output, to see what takes the time."),
    ):
        flags.DEFINE_bool(name, False, meaning, flag_values=values)
    flags.DEFINE_float(
        "checkpoint_minutes",
        15.0,
        "Minutes between states that are written within an epoch, from which --resume "
        "continues; 0 for states at the ends of epochs only.",
        lower_bound=0.0,
        flag_values=values,
    )


def _define_config(values: flags.FlagValues) -> None:
    flags.DEFINE_enum(
        *("method", None, sorted(METHODS), "Method to train."),
        required=True,
        flag_values=values,
    )
    flags.DEFINE_string(
        "recipe",
        None,
        "`paper`, `quick` or a released behavior of the method. Default: `quick` "
        "without a dataset, else `paper`.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "expert",
        None,
        "The field `expert`: which expert to train, for methods with more than one.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "backbone_weights",
        None,
        "`imagenet`, `package`, `none` or a file; see `BACKBONES`.",
        flag_values=values,
    )
    flags.DEFINE_integer(
        "micro_batch",
        None,
        "The field `micro_batch`: crops that a network sees at once on one device.",
        lower_bound=1,
        flag_values=values,
    )
    flags.DEFINE_enum(
        "regressor",
        None,
        ("ridge", "elastic_net"),
        "The field `regressor`: of methods with a linear regression on features.",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "standardize",
        None,
        "The field `standardize`: whether that regression scales features first.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "crops",
        None,
        "The field `crops`: `grid`, or `random:COUNT` crops when scoring.",
        flag_values=values,
    )
    flags.DEFINE_multi_string(
        "set", [], "name=value of a field of `Config`.", flag_values=values
    )


def request_of(values: flags.FlagValues) -> TrainingRequest:
    """Returns the request that parsed flags describe.

    Raises:
        ValueError: If `--set` is not name=value.
    """
    chosen: dict[str, Any] = {name: values[name].value for name in _REQUEST_FLAGS}
    return TrainingRequest(fields=fields_of(values, FIELD_FLAGS), **chosen)


def fields_of(values: flags.FlagValues, names: Sequence[str]) -> dict[str, Any]:
    """Returns the fields of a config from `--set` and from flags named like a field.

    Args:
        values: Parsed flags, including `set`.
        names: Flags named like a field; `none` stands for `None`.
    """
    fields = overrides.parse(values["set"].value or [])
    for name in names:
        value = values[name].value
        if value is not None:
            fields[name] = None if value == "none" else value
    return fields


def parse(arguments: Sequence[str]) -> TrainingRequest:
    """Returns the request of a command line, without the name of the command.

    >>> parse(["--method=niqe", "--set=size=48"]).fields
    {'size': 48}

    Raises:
        ValueError: If a flag does not exist or has a wrong value, if `--method` is
            missing, or if there is an argument that is not a flag.
    """
    values = flags.FlagValues()
    define(values)
    try:
        rest = values(["tfiqa.train", *arguments])
    except flags.Error as error:
        raise ValueError(str(error)) from error
    if len(rest) > 1:
        raise ValueError(f"Flags of a training are expected. Received: {rest[1:]}")
    return request_of(values)


def format_flags(request: TrainingRequest) -> list[str]:
    """Returns the flags that `parse` reads as the same request.

    Defaults are omitted, and so is `verbose`, which has no flag.
    """
    arguments = [f"--method={request.method}"]
    for name in _REQUEST_FLAGS[1:]:
        value, default = getattr(request, name), getattr(TrainingRequest, name)
        if value != default:
            arguments.append(f"--{name}={value}")
    return [*arguments, *(f"--set={k}={v!r}" for k, v in request.fields.items())]
