"""Writes generated images as PNG files.

python -m tfiqa.synthetic.generate --kind=cel --size=256 --count=1000 --output=cels

A run that was stopped resumes where it was.
"""

import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.synthetic import files
from tfiqa.synthetic.kinds import KINDS


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_enum("kind", None, list(KINDS), "Kind of images.", required=True)
    flags.DEFINE_integer("size", 256, "Side in pixels.", lower_bound=16)
    flags.DEFINE_integer(
        "count", None, "Number of images.", required=True, lower_bound=1
    )
    flags.DEFINE_string("output", None, "Folder for these images alone.", required=True)
    flags.DEFINE_integer("seed", 0, "Seed of the series.", lower_bound=0)
    flags.DEFINE_integer(
        "shard", None, "Index of the part to make, in this process.", lower_bound=0
    )
    flags.DEFINE_integer("shards", 1, "Number of parts.", lower_bound=1)


def main(argv: list[str]) -> int:
    """Writes the images; returns the exit status."""
    values = flags.FLAGS
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}", 2)
    if values.shard is not None and values.shard >= values.shards:
        raise app.UsageError(
            "A shard below the number of shards is expected. Received: "
            f"--shard={values.shard} --shards={values.shards}",
            2,
        )
    what = values.kind, values.size, values.count, Path(values.output)
    try:
        if values.shard is None:
            files.write(*what, seed=values.seed)
        else:
            part = {"shard": values.shard, "shards": values.shards}
            for _ in files.write_shard(*what, seed=values.seed, **part):
                pass
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    command.run(define_flags, main)
