"""Writes synthetic pictures as PNG files.

    python -m tfiqa.synthetic.generate --kind cel --size 256 --count 1000 --output cels

A run that was stopped goes on where it was.
"""

from pathlib import Path

from absl import app
from absl import flags

from tfiqa.synthetic import files
from tfiqa.synthetic.kinds import KINDS

_KIND = flags.DEFINE_enum("kind", None, list(KINDS), "What to make.", required=True)
_SIZE = flags.DEFINE_integer("size", 256, "Side in pixels.", lower_bound=16)
_COUNT = flags.DEFINE_integer("count", None, "How many.", required=True, lower_bound=1)
_OUTPUT = flags.DEFINE_string("output", None, "A folder.", required=True)
_SEED = flags.DEFINE_integer("seed", 0, "Which series.", lower_bound=0)
_SHARD = flags.DEFINE_integer("shard", 0, "Which of the shards.", lower_bound=0)
_SHARDS = flags.DEFINE_integer("shards", 1, "Make one of so many parts.", lower_bound=1)
_QUIET = flags.DEFINE_bool("quiet", False, "In this process alone, without a word.")


def main(arguments: list[str]) -> None:
    """Writes the pictures that the flags ask for."""
    if len(arguments) > 1:
        raise app.UsageError(f"Flags alone are expected. Received: {arguments[1:]}")
    if not _QUIET.value and _SHARDS.value == 1:
        files.write(
            _KIND.value, _SIZE.value, _COUNT.value, _OUTPUT.value, seed=_SEED.value
        )
        return
    folder = Path(_OUTPUT.value)
    folder.mkdir(parents=True, exist_ok=True)
    for _ in files.write_shard(
        _KIND.value,
        _SIZE.value,
        _COUNT.value,
        folder,
        seed=_SEED.value,
        shard=_SHARD.value,
        shards=_SHARDS.value,
    ):
        pass


if __name__ == "__main__":
    app.run(main)
