"""From the inputs that a user names to shards of work; runs where the command runs.

An input is an image, a folder, a pattern, a list of paths, a file of records, or a
prepared dataset as `tfds:NAME[:SPLIT]`.
"""

import contextlib
import dataclasses
import os
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from tfiqa.beam import storage
from tfiqa.beam.work import IMAGES
from tfiqa.beam.work import PARQUET
from tfiqa.beam.work import TFDS
from tfiqa.beam.work import TFRECORD
from tfiqa.beam.work import Work
from tfiqa.beam.work import chunked
from tfiqa.files.listing import SUFFIXES
from tfiqa.files.listing import Rules
from tfiqa.files.listing import Skipped
from tfiqa.files.listing import listed
from tfiqa.files.path_lists import paths_in

LIST = "list"
_PREFIX = f"{TFDS}:"


@dataclasses.dataclass(frozen=True)
class Inputs:
    """What to process.

    Attributes:
        names: Images, folders, patterns, lists, files of records and datasets.
        kind: How files are read, one of `request.INPUT_KINDS`; `"auto"` goes by the
            suffix.
        data_dir: Folder of prepared datasets; the default of TFDS when None.
        shard_size: Mean number of images in a shard of single images.
        rules: Which entries of local folders are listed.
    """

    names: tuple[str, ...]
    kind: str = "auto"
    data_dir: str | None = None
    shard_size: int = 500
    rules: Rules = dataclasses.field(default_factory=Rules)

    def check(self) -> None:
        """Raises an error unless all file systems of the inputs answer.

        Raises:
            StorageError: See `storage.check_access`.
        """
        for name in self.names:
            if not name.startswith(_PREFIX):
                storage.check_access(name)

    def works(self, settings: str, skipped: Skipped) -> Iterator[Work]:
        """Yields the shards; each image, and each file of records, is in one of them.

        Args:
            settings: Fingerprint of the model and its settings.
            skipped: Receives what listing folders skipped.

        Raises:
            StorageError: If an input cannot be listed.
            ValueError: If a dataset is not prepared, or a pattern matches nothing.
        """
        images: list[str] = []
        records: dict[str, Work] = {}
        for name in self.names:
            if name.startswith(_PREFIX):
                dataset = name.removeprefix(_PREFIX)
                for work in tfds_works(dataset, self.data_dir, settings):
                    records.setdefault(work.name, work)
                continue
            for path in self._expanded(name):
                kind = self._kind_of(path)
                if kind in (TFRECORD, PARQUET):
                    work = Work(settings, kind, path, identity=_identity(path))
                    records.setdefault(work.name, work)
                else:
                    images.append(path)
        paths = listed(self._images(images), rules=self.rules, skipped=skipped)
        yield from chunked(paths, self.shard_size, settings)
        yield from records.values()

    def _expanded(self, name: str) -> Iterable[str]:
        """Returns the files that an input stands for; local folders stay folders."""
        if os.path.exists(name):
            return [name]
        if any(letter in name for letter in "*?["):
            found = [one.path for one in storage.matches(name)]
            if not found:
                raise ValueError(
                    f"A pattern that matches files is expected. Received: {name!r}"
                )
            return found
        if storage.is_remote(name) and name.endswith("/"):
            found = storage.matches(f"{name}**")
            return [one.path for one in found if one.path.lower().endswith(SUFFIXES)]
        return [name]

    def _images(self, paths: Iterable[str]) -> Iterator[str]:
        """Yields paths, those of lists one by one, checking each new file system."""
        checked: set[str] = set()
        for path in paths:
            if self._kind_of(path) != LIST:
                yield path
                continue
            with _list(path) as file:
                for image in paths_in(file):
                    scheme = image.partition("://")[0] if "://" in image else ""
                    if scheme not in checked:
                        checked.add(scheme)
                        storage.check_access(image)
                    yield image

    def _kind_of(self, path: str) -> str:
        if self.kind != "auto":
            return self.kind
        name = os.path.basename(path).lower()
        if ".tfrecord" in name:
            return TFRECORD
        if name.endswith((".parquet", ".pq")):
            return PARQUET
        is_list = name.endswith((".txt", ".lst", ".list"))
        return LIST if is_list and not os.path.isdir(path) else IMAGES


def tfds_works(name: str, data_dir: str | None, settings: str) -> Iterator[Work]:
    """Yields the shards of a prepared dataset, as TFDS has divided it.

    Args:
        name: `NAME[/CONFIG][:SPLIT]`; all splits without one.
        data_dir: Folder of prepared datasets; the default of TFDS when None.
        settings: Fingerprint of the model and its settings.

    Raises:
        FileNotFoundError: If it is not prepared.
        ValueError: If the name or the split is unknown.
    """
    from tfiqa.data.prepared import opened  # It imports TensorFlow.

    dataset, _, split = name.partition(":")
    builder: Any = opened(dataset, data_dir=data_dir)
    splits = [split] if split else list(builder.info.splits)
    for part in splits:
        if part not in builder.info.splits:
            raise ValueError(
                f"One of the splits {list(builder.info.splits)} of {dataset} is "
                f"expected. Received: {part!r}"
            )
        info = builder.info.splits[part]
        identity = f"{builder.info.full_name} {info.num_bytes} {info.shard_lengths}"
        for index in range(info.num_shards):
            source = f"{dataset}:{part}"
            yield Work(settings, TFDS, source, identity=identity, index=index)


@contextlib.contextmanager
def _list(path: str) -> Iterator[Any]:
    try:
        with storage.opened(path) as file:
            yield file
    except OSError as error:
        raise storage.StorageError(
            f"A list of paths that can be read is expected. Received: {path}: "
            f"{storage.one_line(error)}"
        ) from error


def _identity(path: str) -> str:
    """Returns what distinguishes versions of a file; empty if it cannot be read."""
    try:
        if not storage.is_remote(path):
            status = os.stat(path)
            return f"{status.st_size} {status.st_mtime_ns}"
        one = storage.matches(path)[0]
        return f"{one.size} {one.changed}"
    except (IndexError, OSError):  # Reading it says why.
        return ""
