"""Builders of datasets by name.

A name is that of a folder of `datasets/`, such as `koniq10k`, with the configuration
behind a slash where there are several, such as `synthetic_iqa/scenes_4`.
"""

import importlib
import os
import pkgutil
import shlex
from pathlib import Path

import tensorflow_datasets as tfds


def names() -> list[str]:
    """Returns the datasets that have a builder here."""
    package = importlib.import_module("tfiqa.datasets")
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.ispkg)


def builder_of(
    name: str, *, data_dir: str | os.PathLike[str] | None = None
) -> tfds.core.DatasetBuilder:
    """Returns the builder of `datasets/<name>/`, prepared or not.

    Args:
        name: One of `names()`, perhaps with a configuration.
        data_dir: Where prepared datasets are; TFDS's default when None.

    Raises:
        ValueError: If the name or its configuration is unknown.
    """
    dataset, _, config = name.partition("/")
    if dataset not in names():
        raise ValueError(f"One of {names()} is expected. Received: name={name!r}")
    module = f"tfiqa.datasets.{dataset}.{dataset}_dataset_builder"
    cls = importlib.import_module(module).Builder
    configs = [config.name for config in cls.BUILDER_CONFIGS]
    if config and config not in configs:
        raise ValueError(
            f"One of the configurations {configs} of {dataset} is expected. Received: "
            f"name={name!r}"
        )
    root = None if data_dir is None else Path(data_dir).expanduser()
    return cls(data_dir=root, config=config or None)


def root_of(builder: tfds.core.DatasetBuilder) -> Path:
    """Returns the folder of all prepared datasets, in which the builder's own lies."""
    return Path(builder.data_dir).parents[builder.info.full_name.count("/")]


def command(name: str, *, data_dir: str | os.PathLike[str] | None = None) -> str:
    """Returns the shell command that prepares a dataset.

    Raises:
        ValueError: If the name or its configuration is unknown.
    """
    words = ["python", "-m", "tfiqa.prepare", name]
    if builder_of(name).MANUAL_DOWNLOAD_INSTRUCTIONS:
        words += ["--manual_dir", "DIR"]
    if data_dir is not None:
        words += ["--data_dir", os.fspath(data_dir)]
    return shlex.join(words)
