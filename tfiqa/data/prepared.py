"""Prepares datasets, and opens prepared ones.

A dataset whose builder has instructions for `manual_dir` is read from there; any other
one is generated. It is built in a scratch folder, checked, and then moved into place,
so an interrupted or refused build leaves no dataset that loads.
"""

import os
import textwrap
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from tfiqa.data import fingerprint
from tfiqa.data import records
from tfiqa.data.beam_options import BeamOptions
from tfiqa.data.builders import builder_of
from tfiqa.data.builders import command
from tfiqa.data.builders import names
from tfiqa.data.builders import root_of
from tfiqa.data.check import check_images
from tfiqa.data.check import require_space
from tfiqa.data.fingerprint import Fingerprint
from tfiqa.files.lock import locked
from tfiqa.files.scratch import put
from tfiqa.files.scratch import remove_abandoned
from tfiqa.files.scratch import scratch_for


def prepare_dataset(
    name: str,
    *,
    manual_dir: str | os.PathLike[str] | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    wait: bool = False,
    beam: BeamOptions | None = None,
) -> tfds.core.DatasetBuilder:
    """Builds a dataset, unless it is prepared already, and opens it.

    It is built in a scratch folder, checked, and then moved into place.

    Args:
        name: One of `data.names()`, optionally followed by a slash and a configuration
            or a name of your own: `"synthetic_iqa/scenes_4"`, `"mos_folder/holidays"`.
        manual_dir: Folder of the published files; None for generated datasets. May be
            omitted if the dataset is prepared already.
        data_dir: Folder of prepared datasets; the default of TensorFlow Datasets when
            None.
        overwrite: Whether to build it again if it exists.
        wait: Whether to wait for another process that prepares it, and then to open
            what that process has built.
        beam: Where a pipeline of Apache Beam builds it, for published databases; this
            process does when None. Examples, ids and order are the same.

    Returns:
        The prepared builder: `as_dataset` reads it, `info` describes it.

    Raises:
        ValueError: If the name is unknown, `manual_dir` is missing or superfluous, the
            files are not as published, the dataset was prepared from other files, or
            another process prepares it, unless `wait`.
        FileNotFoundError: If `manual_dir` does not exist.
        OSError: If the disk has too little space.
        ModuleNotFoundError: If a package that reads its tables is not installed.

    Example:
        >>> builder = tfiqa.data.prepare_dataset("koniq10k", manual_dir="~/koniq10k")
        >>> examples = builder.as_dataset(split="train")
    """
    builder = builder_of(name, data_dir=data_dir)
    folder = Path(builder.data_dir)
    exists = is_prepared(name, data_dir=data_dir) and not overwrite
    if not (exists and manual_dir is None):
        source = _source(builder, manual_dir)
        if exists:
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
            root.mkdir(parents=True, exist_ok=True)
            target = root / name.replace("/", "-")
            with locked(target, wait=wait):
                if overwrite or not is_prepared(name, data_dir=data_dir):
                    _build(name, source, folder, target, manual_dir, beam)
    return tfds.builder_from_directory(folder)


def is_prepared(name: str, *, data_dir: str | os.PathLike[str] | None = None) -> bool:
    """Returns whether a dataset of ours is prepared completely."""
    folder = Path(builder_of(name, data_dir=data_dir).data_dir)
    return (folder / fingerprint.FILE_NAME).exists()


def opened(
    name: str, *, data_dir: str | os.PathLike[str] | None = None
) -> tfds.core.DatasetBuilder:
    """Opens a prepared dataset: one of ours, or any other of TFDS.

    Raises:
        FileNotFoundError: If it is not prepared; names the command that prepares it.
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
    target: Path,
    manual_dir: str | os.PathLike[str] | None,
    beam: BeamOptions | None,
) -> None:
    config = tfds.download.DownloadConfig(
        manual_dir=None if manual_dir is None else Path(manual_dir).expanduser(),
        try_download_gcs=False,
        beam_runner=None if beam is None else beam.pipeline_runner(),
        beam_options=None if beam is None else beam.pipeline_options(),
    )
    # Finished images of a generated dataset survive an interruption.
    kept = target.parent / "downloads" if manual_dir is None else None
    with scratch_for(target) as scratch:
        remove_abandoned(target.parent)
        builder = builder_of(name, data_dir=scratch)
        if beam is not None:
            _set_on_beam(builder)
        builder.download_and_prepare(download_dir=kept, download_config=config)
        built = Path(builder.data_dir)
        fingerprint.write(source, built)  # Before columns, which are kept by it.
        records.read(builder)
        check_images(builder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        put(built, folder, scratch=scratch)


def _set_on_beam(builder: Any) -> None:
    if not hasattr(builder, "on_beam"):
        raise ValueError(
            "A published database is expected for a runner of Beam. Received: "
            f"{builder.name}, which is generated on all cores of this machine"
        )
    builder.on_beam = True
