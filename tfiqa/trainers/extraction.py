"""Features of many pictures, kept on disk on the way."""

from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from tfiqa.cli.progress import Progress
from tfiqa.files import atomic
from tfiqa.trainers.run import Run

# Pictures between two writes: what a killed run computes again at most.
BLOCK = 100


def extract(
    read: Callable[[Any], np.ndarray],
    pictures: Callable[[int], Iterable[Any]],
    count: int,
    *,
    run: Run,
    name: str,
) -> np.ndarray:
    """Returns what `read` says of every picture, float32 `(count, d)`.

    Blocks of rows are written into `state-features-<name>/` of the run's folder, where
    a resumed run finds them.

    Args:
        read: From one of the pictures to `(d,)`.
        pictures: From the number of the first picture to the pictures from there on,
            in whatever form `read` takes them.
        count: Of all pictures.
        run: Where to write, and whether to resume.
        name: Of these features among those of the run.
    """
    folder = run.folder / f"state-features-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    blocks = _stored(folder) if run.resume else []
    done = sum(map(len, blocks))
    progress = Progress(count, on=bool(run.verbose))
    rows = []
    for index, picture in enumerate(pictures(done), done + 1):
        rows.append(np.asarray(read(picture), np.float32))
        progress.show(index)
        if len(rows) == BLOCK or index == count:
            blocks.append(np.stack(rows))
            with atomic.replacing(folder / f"{len(blocks):06d}.npy") as path:
                np.save(path, blocks[-1])
            rows = []
    return np.concatenate(blocks)


def _stored(folder: Path) -> list[np.ndarray]:
    return [np.load(path) for path in sorted(folder.glob("*.npy"))]
