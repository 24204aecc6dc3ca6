"""Pictures as PNG files: made over all cores, and gone on with after a stop.

A file is written under another name and renamed, so that a file that is there is
whole; those that are there are not made again.
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
from tfiqa.synthetic.kinds import picture

# Fewer pictures are made sooner than another process has started.
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
    """Writes pictures `0` to `count - 1` of a series, and shows how far it is.

    Args:
        kind: "dead_leaves", "textured_leaves" or "cel".
        size: Side in pixels.
        count: How many pictures.
        folder: Where; made if need be. Files of earlier runs are kept, so that it
            must not be shared by different kinds, sizes or seeds.
        seed: Which series.
        processes: How many to run. Default: one for each core, fewer for little.

    Returns:
        The files in the order of their index.

    Raises:
        ValueError: If an argument is not as described; the message names it.
        OSError: If a file cannot be written, because the disk is full perhaps.
    """
    folder = Path(folder)
    remove_abandoned(folder)
    paths = [folder / f"{index:07d}.png" for index in range(count)]
    missing = [path for path in paths if not path.exists()]
    if not missing:
        return paths
    picture(kind, 0, size, seed=seed)  # Arguments that are wrong raise here.
    if processes is None:
        processes = min(os.cpu_count() or 1, -(-len(missing) // _PER_PROCESS))
    if processes == 1:
        made = write_shard(kind, size, count, folder, seed=seed)
        for _ in with_progress(made, total=count):
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
    """Yields the files of one of `shards` processes, each as soon as it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(shard, count, shards):
        path = folder / f"{index:07d}.png"
        if not path.exists():
            _save(picture(kind, index, size, seed=seed), path)
        yield path


def _save(pixels: np.ndarray, path: Path) -> None:
    # Waiting for the disk would take longer than making a small picture.
    with atomic.replacing(path, durable=False) as written:
        # Noise does not compress: the fastest level loses little.
        Image.fromarray(pixels).save(written, "PNG", compress_level=1)


def _run(commands: list[list[str]], folder: Path, progress: Progress) -> None:
    """Runs `tfiqa.synthetic.generate` once for each list of arguments, at once.

    Processes of their own, not `multiprocessing`: that would import the caller's
    main module again, which need not be made for it.
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
        _, said = process.communicate()
        if process.returncode:
            raise OSError(f"Pictures could not be made: {said.strip()[-500:]}")
    progress.show(progress.total or 0)
