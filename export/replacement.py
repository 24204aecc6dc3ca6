"""Writes exports under a temporary name, and renames them when they are complete."""

import contextlib
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path

from tfiqa.files.lock import locked
from tfiqa.files.scratch import put
from tfiqa.files.scratch import remove_abandoned
from tfiqa.files.scratch import scratch_for


@contextlib.contextmanager
def replacing(
    target: Path, *, overwrite: bool, beside: Sequence[str] = ()
) -> Iterator[Path]:
    """Yields a path that becomes `target` unless an error is raised.

    Meanwhile `target` is locked against other processes. Temporary files of processes
    that were killed are removed.

    Args:
        target: The file or folder to write.
        overwrite: Whether to replace existing files.
        beside: Suffixes of the files that come with `target`, appended to its name.
            They are written beside the yielded path.

    Raises:
        InUseError: A `ValueError`, if another process writes `target`.
        FileExistsError: If a file exists and `overwrite` is false, or `target` is a
            folder without a SavedModel.
        FileNotFoundError: If the folder of `target` does not exist.
    """
    targets = [target, *(target.with_name(target.name + end) for end in beside)]
    for path in targets:
        _check(path, overwrite)
    with contextlib.ExitStack() as stack:
        if target.parent.is_dir():
            stack.enter_context(locked(target))
            remove_abandoned(target.parent, target.name)
        scratch = stack.enter_context(scratch_for(target))
        new = scratch / "new"
        new.mkdir()
        yield new / target.name
        # The target last: if it exists, the export is complete.
        for path in reversed(targets):
            put(new / path.name, path, scratch=scratch)


def _check(target: Path, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise FileExistsError(
            f"A new path, or `--overwrite`, is expected. Received: {target}"
        )
    if target.is_dir() and not (target / "saved_model.pb").exists():
        raise FileExistsError(
            f"A SavedModel is expected under `--overwrite`. Received: {target}"
        )
