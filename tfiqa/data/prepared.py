"""Preparing of datasets, and opening of what has been prepared.

A dataset whose builder states what to put into `manual_dir` is read from there; any
other one is generated. It is built aside, checked, and moved into place complete, so
that an interrupted or refused build leaves nothing that loads.
"""

import os
import textwrap
from pathlib import Path

import tensorflow_datasets as tfds

from tfiqa.data import fingerprint
from tfiqa.data import records
from tfiqa.data.builders import builder_of
from tfiqa.data.builders import command
from tfiqa.data.builders import names
from tfiqa.data.builders import root_of
from tfiqa.data.check import check_pictures
from tfiqa.data.check import require_space
from tfiqa.data.fingerprint import Fingerprint
from tfiqa.files.scratch import put
from tfiqa.files.scratch import remove_abandoned
from tfiqa.files.scratch import scratch_for


def prepare_dataset(
    name: str,
    *,
    manual_dir: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> tfds.core.DatasetBuilder:
    """Builds a dataset, unless it is there already, and opens it.

    It is built aside, checked, and moved into place complete.

    Args:
        name: One of `data.names()`, perhaps with a configuration or a name of your own
            behind a slash: `"synthetic_iqa/scenes_4"`, `"mos_folder/holidays"`.
        manual_dir: Where the published files are; None for generated datasets. May
            be left out of a dataset that is prepared.
        data_dir: Where prepared datasets are; the default of TensorFlow Datasets when
            None.
        overwrite: Whether to build it again if it is there.

    Returns:
        The builder, prepared: `as_dataset` reads it, `info` describes it.

    Raises:
        ValueError: If the name is unknown, `manual_dir` is missing or superfluous, the
            files are not as published, or the dataset was prepared from others.
        FileNotFoundError: If `manual_dir` does not exist.
        OSError: If the disk has no room for it.
        ModuleNotFoundError: If a package that reads its tables is not installed.

    Example:
        >>> builder = tfiqa.data.prepare_dataset("koniq10k", manual_dir="~/koniq10k")
        >>> examples = builder.as_dataset(split="train")
    """
    builder = builder_of(name, data_dir=data_dir)
    folder = Path(builder.data_dir)
    is_there = is_prepared(name, data_dir=data_dir) and not overwrite
    if not (is_there and manual_dir is None):
        source = _source(builder, manual_dir)
        if is_there:
            _check_same_source(source, folder)
        elif folder.exists() and not overwrite:
            raise ValueError(
                f"A folder that tfiqa prepared is expected. Received: {folder} without "
                f"{fingerprint.FILE_NAME}. Name another --data_dir, or build it again "
                "with --overwrite."
            )
        else:
            root = root_of(builder)
            require_space(builder, root=root, source_size=source.size)
            _build(name, source, folder, root=root, manual_dir=manual_dir)
    return tfds.builder_from_directory(folder)


def is_prepared(name: str, *, data_dir: str | os.PathLike[str] | None = None) -> bool:
    """Returns whether a dataset of ours is there, complete."""
    folder = Path(builder_of(name, data_dir=data_dir).data_dir)
    return (folder / fingerprint.FILE_NAME).exists()


def opened(
    name: str, *, data_dir: str | os.PathLike[str] | None = None
) -> tfds.core.DatasetBuilder:
    """Opens a dataset that has been prepared: one of ours, or any other of TFDS.

    Raises:
        FileNotFoundError: If it has not been prepared; names the command to do it.
        ValueError: If the name is unknown.
    """
    if name.partition("/")[0] not in names():
        return _opened_foreign(name, data_dir)
    folder = Path(builder_of(name, data_dir=data_dir).data_dir)
    if not is_prepared(name, data_dir=data_dir):
        raise FileNotFoundError(
            f"A prepared dataset is expected. Received: {name!r}, which is not in "
            f"{folder}. Prepare it with\n  {command(name, data_dir=data_dir)}"
        )
    return tfds.builder_from_directory(folder)


def _opened_foreign(
    name: str, data_dir: str | os.PathLike[str] | None
) -> tfds.core.DatasetBuilder:
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError as error:
        raise ValueError(
            f"One of {names()}, or a dataset that TFDS knows, is expected. Received: "
            f"name={name!r}"
        ) from error
    if not builder.is_prepared():
        raise FileNotFoundError(
            f"A prepared dataset is expected. Received: {name!r}, which is not in "
            f"{builder.data_dir}. Prepare it with TFDS."
        )
    return builder


def _source(
    builder: tfds.core.DatasetBuilder, manual_dir: str | os.PathLike[str] | None
) -> Fingerprint:
    name, full_name = builder.name, builder.info.full_name
    instructions = builder.MANUAL_DOWNLOAD_INSTRUCTIONS
    if not instructions:
        if manual_dir is not None:
            raise ValueError(
                f"{name} is generated and reads no files: no --manual_dir is expected. "
                f"Received: manual_dir={os.fspath(manual_dir)!r}"
            )
        return fingerprint.of_name(full_name)
    if manual_dir is None:
        text = textwrap.indent(textwrap.dedent(instructions).strip(), "  ")
        raise ValueError(f"--manual_dir is expected, to read {name} from:\n{text}")
    folder = Path(manual_dir).expanduser()
    if not folder.is_dir() or not any(folder.iterdir()):
        raise FileNotFoundError(
            f"A folder with files is expected. Received: --manual_dir={folder}"
        )
    return fingerprint.of_folder(full_name, folder, without=root_of(builder))


def _check_same_source(source: Fingerprint, folder: Path) -> None:
    old = fingerprint.read(folder)
    if old.sha256 != source.sha256:
        raise ValueError(
            f"{folder} was prepared from {old.folder} (fingerprint {old.sha256[:12]}). "
            f"Received: {source.folder} (fingerprint {source.sha256[:12]}); "
            f"{fingerprint.difference(old, source)}. Name another --data_dir to keep "
            "both, or build this one again with --overwrite."
        )


def _build(
    name: str,
    source: Fingerprint,
    folder: Path,
    *,
    root: Path,
    manual_dir: str | os.PathLike[str] | None,
) -> None:
    config = tfds.download.DownloadConfig(
        manual_dir=None if manual_dir is None else Path(manual_dir).expanduser(),
        try_download_gcs=False,
    )
    # What a generated dataset has made so far outlives an interruption.
    kept = root / "downloads" if manual_dir is None else None
    root.mkdir(parents=True, exist_ok=True)
    remove_abandoned(root)
    with scratch_for(root / name.replace("/", "-")) as scratch:
        builder = builder_of(name, data_dir=scratch)
        builder.download_and_prepare(download_dir=kept, download_config=config)
        records.read(builder)
        check_pictures(builder)
        built = Path(builder.data_dir)
        fingerprint.write(source, built)
        folder.parent.mkdir(parents=True, exist_ok=True)
        put(built, folder, scratch=scratch)
