"""Generated images as PNG files: made on all cores, and resumed after a stop.

A file is written under another name and renamed, so every existing file is complete;
existing files are not made again.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from tfiqa.cli.progress import Progress
from tfiqa.cli.progress import with_progress
from tfiqa.files import atomic
from tfiqa.files.scratch import remove_abandoned
from tfiqa.synthetic.kinds import make_image

# For fewer images, starting another process takes longer than it saves.
_PER_PROCESS = 200

_POLL_SECONDS = 0.5


def write(
    kind: str,
    size: int,
    count: int,
    folder: str | os.PathLike[str],
    *,
    seed: int = 0,
    processes: int | None = None,
) -> list[Path]:
    """Writes images `0` to `count - 1` of a series, and shows progress.

    Args:
        kind: "dead_leaves", "textured_leaves" or "cel".
        size: Side in pixels.
        count: Number of images.
        folder: Target folder, created if necessary. Files of earlier runs are kept, so
            different kinds, sizes or seeds must not share it.
        seed: Seed of the series.
        processes: Number of processes. Default: one per core, fewer for few images.
        The files in the order of their index.

    Raises:
        ValueError: If an argument is not as described; the message names it.
        OSError: If a file cannot be written, for instance because the disk is full.
    """
    folder = Path(folder)
    remove_abandoned(folder)
    paths = [folder / f"{index:07d}.png" for index in range(count)]
    missing = [path for path in paths if not path.exists()]
    if not missing:
        return paths
    make_image(kind, 0, size, seed=seed)  # Raises on wrong arguments.
    if processes is None:
        processes = min(os.cpu_count() or 1, -(-len(missing) // _PER_PROCESS))
    if processes == 1:
        paths_made = write_shard(kind, size, count, folder, seed=seed)
        for _ in with_progress(paths_made, total=count):
            pass
        return paths
    arguments = [f"--kind={kind}", f"--size={size}", f"--count={count}"]
    arguments += [f"--output={folder}", f"--seed={seed}", f"--shards={processes}"]
    shards = [[*arguments, f"--shard={shard}"] for shard in range(processes)]
    _run(shards, folder, Progress(count))
    return paths


def write_shard(
    kind: str,
    size: int,
    count: int,
    folder: Path,
    *,
    seed: int = 0,
    shard: int = 0,
    shards: int = 1,
) -> Iterator[Path]:
    """Yields the files of one of `shards` processes, each as soon as it exists."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(shard, count, shards):
        path = folder / f"{index:07d}.png"
        if not path.exists():
            _save(make_image(kind, index, size, seed=seed), path)
        yield path


def _save(pixels: np.ndarray, path: Path) -> None:
    # Syncing to disk would take longer than making a small image.
    with atomic.replacing(path, durable=False) as written:
        # Noise does not compress: the fastest level loses little.
        Image.fromarray(pixels).save(written, "PNG", compress_level=1)


def _run(commands: list[list[str]], folder: Path, progress: Progress) -> None:
    """Runs `tfiqa.synthetic.generate` in parallel, once for each list of arguments.

    These are separate commands, not `multiprocessing`: that would import the caller's
    main module again, which may not allow it.
    """
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": "-1"}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tfiqa.synthetic.generate", *arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for arguments in commands
    ]
    try:
        while any(process.poll() is None for process in running):
            progress.show(sum(1 for _ in folder.glob("*.png")))
            time.sleep(_POLL_SECONDS)
    finally:
        for process in running:
            process.terminate()
    for process in running:
        _, errors = process.communicate()
        if process.returncode:
            raise OSError(f"Images could not be made: {errors.strip()[-500:]}")
    progress.show(progress.total or 0)
