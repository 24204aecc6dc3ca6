"""Features of many images, saved to disk during the computation."""

from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from tfiqa.cli.progress import Progress
from tfiqa.files import atomic
from tfiqa.trainers.run import Run

# Images between two writes, the most that a killed run computes again.
BLOCK = 100


def extract(
    read: Callable[[Any], np.ndarray],
    images: Callable[[int], Iterable[Any]],
    count: int,
    *,
    run: Run,
    name: str,
) -> np.ndarray:
    """Returns the features of every image, float32 `(count, d)`.

    Blocks of rows are written to `state-features-<name>/` in the run's folder; a
    resumed run continues after them.

    Args:
        read: Function from an image to its features `(d,)`.
        images: Function from an index to the images from that index on, in the form
            that `read` takes.
        count: Number of all images.
        run: The run that provides the folder and says whether to resume.
        name: Name of these features within the run.
    """
    blocks = extract_blocks(read, images, count, run=run, name=name, dtype=np.float32)
    return np.concatenate([np.asarray(block) for block in blocks])


def extract_blocks(
    read: Callable[[Any], np.ndarray],
    images: Callable[[int], Iterable[Any]],
    count: int,
    *,
    run: Run,
    name: str,
    dtype: DTypeLike,
) -> list[np.ndarray]:
    """Returns the features of every image in blocks that stay on disk.

    They are for features that memory does not hold. All blocks but the last have
    `BLOCK` rows; together they are `(count, ...)`, in the order of the images.

    Args:
        read: Function from an image to its features, an array of any shape.
        images: See `extract`.
        count: See `extract`.
        run: See `extract`.
        name: See `extract`.
        dtype: Type in which features are stored.
    """
    folder = run.folder / f"state-features-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    blocks = _stored(folder) if run.resume else []
    done = sum(map(len, blocks))
    progress = Progress(count, on=bool(run.verbose))
    rows = []
    for index, image in enumerate(images(done), done + 1):
        rows.append(np.asarray(read(image), dtype))
        progress.show(index)
        if len(rows) == BLOCK or index == count:
            file = folder / f"{len(blocks) + 1:06d}.npy"
            with atomic.replacing(file) as path:
                np.save(path, np.stack(rows))
            blocks.append(np.load(file, mmap_mode="r"))
            rows = []
    return blocks


def _stored(folder: Path) -> list[np.ndarray]:
    return [np.load(path, mmap_mode="r") for path in sorted(folder.glob("*.npy"))]
