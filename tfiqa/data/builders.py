"""Builders of datasets by name.

A name is a folder of `datasets/`, such as `koniq10k`, followed by a slash and the
configuration if there is more than one, such as `synthetic_iqa/scenes_4`. For folders
of your own the part after the slash is a name of your choice, such as
`mos_folder/holidays`.
"""

import importlib
import os
import re
import shlex
from pathlib import Path

import tensorflow_datasets as tfds

from tfiqa.data.catalog import names as names

# Datasets that users make from any number of folders, distinguished by a name.
NAMED = frozenset({"danbooru", "mos_folder"})

# Neither a version, such as 1.0.0, nor a hidden folder.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def builder_of(
    name: str, *, data_dir: str | os.PathLike[str] | None = None
) -> tfds.core.DatasetBuilder:
    """Returns the builder of `datasets/<name>/`, prepared or not.

    Args:
        name: One of `names()`, optionally with a configuration, or with a name of your
            own if it is one of `NAMED`.
        data_dir: Folder of prepared datasets; TFDS's default when None.

    Raises:
        ValueError: If the name or its configuration is unknown.
    """
    dataset, _, config = name.partition("/")
    if dataset not in names():
        raise ValueError(f"One of {names()} is expected. Received: name={name!r}")
    module = f"tfiqa.datasets.{dataset}.{dataset}_dataset_builder"
    cls = importlib.import_module(module).Builder
    root = None if data_dir is None else Path(data_dir).expanduser()
    if config and dataset in NAMED:
        return cls(data_dir=root, config=_own_config(config))
    configs = [config.name for config in cls.BUILDER_CONFIGS]
    if config and config not in configs:
        raise ValueError(
            f"One of the configurations {configs} of {dataset} is expected. Received: "
            f"name={name!r}"
        )
    return cls(data_dir=root, config=config or None)


def root_of(builder: tfds.core.DatasetBuilder) -> Path:
    """Returns the folder of all prepared datasets, which contains the builder's own."""
    return Path(builder.data_dir).parents[builder.info.full_name.count("/")]


def command(name: str, *, data_dir: str | os.PathLike[str] | None = None) -> str:
    """Returns the shell command that prepares a dataset.

    Raises:
        ValueError: If the name or its configuration is unknown.
    """
    dataset, _, config = name.partition("/")
    words = ["python", "-m", "tfiqa.prepare", name]
    if config and dataset in NAMED:
        words[-1:] = [dataset, "--name", config]
    if builder_of(name).MANUAL_DOWNLOAD_INSTRUCTIONS:
        words += ["--manual_dir", "DIR"]
    if data_dir is not None:
        words += ["--data_dir", os.fspath(data_dir)]
    return shlex.join(words)


def _own_config(name: str) -> tfds.core.BuilderConfig:
    if not _NAME.fullmatch(name):
        raise ValueError(
            "A name of letters, digits, - and _, a letter first, is expected. "
            f"Received: name={name!r}"
        )
    return tfds.core.BuilderConfig(name=name, description=f"The folder {name!r}.")
