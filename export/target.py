"""Places where exports are written: complete and checked, or not there at all."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yields a path beside `target` that becomes `target` unless an error is raised.

    Raises:
        FileExistsError: If `target` exists and `overwrite` is false, or it is a folder
            that holds something else than a SavedModel.
        FileNotFoundError: If the folder of `target` does not exist.
    """
    if target.exists() and not overwrite:
        raise FileExistsError(
            f"A new path, or `--overwrite`, is expected. Received: {target}"
        )
    if target.is_dir() and not (target / "saved_model.pb").exists():
        raise FileExistsError(
            f"A SavedModel is expected under `--overwrite`. Received: {target}"
        )
    if not target.parent.is_dir():
        raise FileNotFoundError(f"An existing folder is expected. Received: {target}")
    partial = target.with_name(f"{target.stem}.partial{target.suffix}")
    _remove(partial)
    try:
        yield partial
        _remove(target)
        partial.rename(target)
    finally:
        _remove(partial)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
