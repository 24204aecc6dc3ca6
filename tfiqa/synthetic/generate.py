"""Command: writes synthetic pictures as PNG files.

python -m tfiqa.synthetic.generate --kind=cel --size=256 --count=1000 --output=cels

A run that was stopped goes on where it was.
"""

import sys
from pathlib import Path

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.synthetic import files
from tfiqa.synthetic.kinds import KINDS


def define_flags() -> None:
    """Defines the flags of the command."""
    flags.DEFINE_enum("kind", None, list(KINDS), "What to make.", required=True)
    flags.DEFINE_integer("size", 256, "Side in pixels.", lower_bound=16)
    flags.DEFINE_integer("count", None, "How many.", required=True, lower_bound=1)
    flags.DEFINE_string("output", None, "A folder for them alone.", required=True)
    flags.DEFINE_integer("seed", 0, "Which series.", lower_bound=0)
    flags.DEFINE_integer(
        "shard", None, "Make one of several parts, in this process.", lower_bound=0
    )
    flags.DEFINE_integer("shards", 1, "How many parts there are.", lower_bound=1)


def main(argv: list[str]) -> int:
    """Writes the pictures; returns the exit status."""
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
