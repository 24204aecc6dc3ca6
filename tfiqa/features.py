"""Writes the features of images, for learning from them.

python -m tfiqa.features --model ENCODER PATH... --output FILE.npz

A PATH is an image, a folder (all images below it, sorted) or `-` (paths on standard
input, one per line, or each ended by a NUL); an image that is named twice is read once.
ENCODER is an `encoder.keras` or a scorer, whose layer `features` is used;
QUALITY.keras,CONTENT.keras are both experts of Re-IQA, joined as in training, content
first. FILE.npz receives `path`, `(images,)` text, and `features`, float32 `(images,
d)`, in input order. Images that cannot be read are skipped and listed with the reason
on standard error. Hidden files, files of the operating system and links to folders are
skipped as in `tfiqa.score`, and counted. An existing FILE.npz is replaced only with
--overwrite.

Exit status: 0 if all images were read, 3 if some were not, 1 if none was, 2 for wrong
usage, 74 if the output cannot be written.
"""

import contextlib
import os
import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli import status
from tfiqa.cli.progress import Progress
from tfiqa.cli.text import printable
from tfiqa.files.listing import Rules
from tfiqa.files.listing import Skipped
from tfiqa.files.listing import listed
from tfiqa.files.lock import InUseError
from tfiqa.files.lock import locked


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_string(
        "model",
        None,
        "An encoder or a scorer: a `.keras` file or a preset; or QUALITY,CONTENT.",
    )
    flags.DEFINE_string("output", None, "The `.npz` file to write.")
    flags.DEFINE_bool("overwrite", False, "Replace --output if it exists.")
    flags.DEFINE_bool("follow_links", False, "Follow links to folders.")
    flags.DEFINE_bool(
        "hidden", False, "Read hidden files and files of the operating system."
    )
    flags.mark_flags_as_required(["model", "output"])


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    values = flags.FLAGS
    if len(argv) < 2:
        raise app.UsageError("At least one PATH is expected.", exitcode=2)
    output = Path(values.output)
    if output.suffix != ".npz" or not output.parent.is_dir():
        raise app.UsageError(
            f"A .npz file in an existing folder is expected. Received: {output}", 2
        )
    if os.path.exists(output) and not values.overwrite:
        raise app.UsageError(
            "A new file, or --overwrite, is expected. "
            f"Received: --output={output}, which exists",
            2,
        )
    rules = Rules(follow_links=values.follow_links, hidden=values.hidden)
    try:
        with locked(output):
            with contextlib.suppress(FileNotFoundError):
                os.stat(output)  # Before hours of work: that the name is not too long.
            return _write(argv[1:], values.model, output, rules)
    except InUseError as error:
        print(f"--output: {error}", file=sys.stderr)
        return status.Status.USAGE
    except OSError as error:  # Pictures raise none: they are listed.
        print(f"--output: {error}", file=sys.stderr)
        return status.Status.OUTPUT


def _write(paths: list[str], model: str, output: Path, rules: Rules) -> int:
    from tfiqa.methods import open_encoder
    from tfiqa.scoring.features import extract_features
    from tfiqa.scoring.features import write_features

    try:
        encoder = open_encoder(model)
    except (OSError, TypeError, ValueError) as error:
        print(f"--model: {error}", file=sys.stderr)
        return status.Status.USAGE
    skipped = Skipped()
    paths = list(listed(paths, standard_input=True, rules=rules, skipped=skipped))
    for line in skipped.lines():
        print(printable(line), file=sys.stderr)
    progress = Progress(len(paths))
    features = extract_features(
        encoder, paths, on_skipped=progress.message, on_done=progress.show
    )
    read = len(features.paths)
    if read < len(paths) or not paths:
        progress.message(f"{read} of {len(paths)} images read")
    if read:
        write_features(features, output)
        print(f"{output}: features {features.values.shape}")
    return status.of_counts(read, len(paths) + len(skipped.unreadable))


if __name__ == "__main__":
    command.run(define_flags, main)
