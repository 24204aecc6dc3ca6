"""Writes the features of pictures, for whoever wants to learn from them.

python -m tfiqa.features --model ENCODER PATH... --output FILE.npz

A PATH is a picture, a folder (all pictures below it, sorted) or `-` (paths on standard
input, one a line). ENCODER is an `encoder.keras` or a scorer, of which the layer
`features` is taken; QUALITY.keras,CONTENT.keras are both experts of Re-IQA, joined as
training joins them, content first. FILE.npz receives `path`, `(pictures,)` text, and
`features`, float32 `(pictures, d)`, in input order. Pictures that cannot be read are
left out and listed with the reason, on standard error.

Exit status: 0 all pictures read, 3 some not, 1 none, 2 wrong usage.
"""

import os
import sys
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.progress import Progress
from tfiqa.files.listing import listed
from tfiqa.methods import reiqa
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import reader


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string(
        "model", None, "An encoder or a scorer, a `.keras` file; or QUALITY,CONTENT."
    )
    flags.DEFINE_string("output", None, "The `.npz` file to write.")
    flags.mark_flags_as_required(["model", "output"])


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    if len(argv) < 2:
        raise app.UsageError("At least one PATH is expected.", exitcode=2)
    output = Path(given.output)
    if output.suffix != ".npz" or not output.parent.is_dir():
        raise app.UsageError(
            f"A .npz file in an existing folder is expected. Received: {output}", 2
        )
    try:
        encoder = opened(given.model)
    except (OSError, TypeError, ValueError) as error:
        print(f"--model: {error}", file=sys.stderr)
        return 2
    paths = list(listed(argv[1:]))
    kept, features = extracted(reader(encoder), paths)
    if kept:
        write(output, kept, features)
        print(f"{output}: features {features.shape}")
    return 1 if not kept else 0 if len(kept) == len(paths) else 3


def opened(model: str) -> keras.Model:
    """Returns the encoder of one file, or of two that hold the experts of Re-IQA.

    Raises:
        OSError: If there is no such file.
        ValueError: If a file holds no encoder, or if there are more than two.
    """
    paths = tuple(map(Path, model.split(",")))
    if len(paths) == 1:
        return load_encoder(model)
    if len(paths) != len(reiqa.ENCODERS):
        raise ValueError(
            f"One file or {len(reiqa.ENCODERS)}, of {' and '.join(reiqa.ENCODERS)}, "
            f"are expected. Received: {model}"
        )
    return reiqa.joined_encoder(*paths)


def extracted(
    read: Callable[[np.ndarray], np.ndarray], paths: Sequence[str]
) -> tuple[list[str], np.ndarray]:
    """Returns the paths of the pictures that could be read, and their features.

    Args:
        read: From one uint8 picture to `(d,)`; see `scorer.reader`.
        paths: Of pictures. What is wrong with one is told on standard error.
    """
    rows: list[np.ndarray] = []

    def predict(picture: np.ndarray) -> float:
        rows.append(np.asarray(read(picture), np.float32))
        return 0.0  # Flat pictures have features too.

    outcomes = assess((Path(path).read_bytes for path in paths), predict)
    progress = Progress(len(paths))
    kept = []
    for done, (path, outcome) in enumerate(zip(paths, outcomes, strict=True), 1):
        if outcome.status == "ok":
            kept.append(path)
        else:
            shown = path.encode("utf-8", "backslashreplace").decode()
            progress.tell(f"{shown}: {outcome.status}: {outcome.reason}")
        progress.show(done)
    if len(kept) < len(paths) or not paths:
        progress.tell(f"{len(kept)} of {len(paths)} pictures read")
    return kept, np.stack(rows) if rows else np.zeros((0, 0), np.float32)


def write(path: Path, names: Sequence[str], features: np.ndarray) -> None:
    """Writes the file under a temporary name and renames it."""
    temporary = path.with_name(f"{path.name}.tmp")
    with temporary.open("wb") as file:
        np.savez(file, path=np.array(names, np.str_), features=features)
    os.replace(temporary, path)


if __name__ == "__main__":
    command.run(define_flags, main)
