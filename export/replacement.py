"""Places where exports are written: complete and checked, or not there at all."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path


@contextlib.contextmanager
def replacing(
    target: Path, *, overwrite: bool, beside: Sequence[str] = ()
) -> Iterator[Path]:
    """Yields a path that becomes `target` unless an error is raised.

    Args:
        target: What is to be there in the end.
        overwrite: Whether it, and what comes with it, may be replaced.
        beside: What the names of files that come with `target` have behind its name.
            They are written beside the yielded path.

    Raises:
        FileExistsError: If one of them exists and `overwrite` is false, or is a folder
            that holds something else than a SavedModel.
        FileNotFoundError: If the folder of `target` does not exist.
    """
    targets = [target, *(target.with_name(target.name + end) for end in beside)]
    for one in targets:
        _check(one, overwrite)
    if not target.parent.is_dir():
        raise FileNotFoundError(f"An existing folder is expected. Received: {target}")
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    new, old = scratch / "new", scratch / "old"
    try:
        new.mkdir()
        old.mkdir()
        yield new / target.name
        for one in targets:
            if one.exists():
                one.rename(old / one.name)
            (new / one.name).rename(one)
    finally:
        shutil.rmtree(scratch)


def _check(target: Path, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise FileExistsError(
            f"A new path, or `--overwrite`, is expected. Received: {target}"
        )
    if target.is_dir() and not (target / "saved_model.pb").exists():
        raise FileExistsError(
            f"A SavedModel is expected under `--overwrite`. Received: {target}"
        )
