"""Features of many images, saved to disk during the computation."""

from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

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
    folder = run.folder / f"state-features-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    blocks = _stored(folder) if run.resume else []
    done = sum(map(len, blocks))
    progress = Progress(count, on=bool(run.verbose))
    rows = []
    for index, image in enumerate(images(done), done + 1):
        rows.append(np.asarray(read(image), np.float32))
        progress.show(index)
        if len(rows) == BLOCK or index == count:
            blocks.append(np.stack(rows))
            with atomic.replacing(folder / f"{len(blocks):06d}.npy") as path:
                np.save(path, blocks[-1])
            rows = []
    return np.concatenate(blocks)


def _stored(folder: Path) -> list[np.ndarray]:
    return [np.load(path) for path in sorted(folder.glob("*.npy"))]
