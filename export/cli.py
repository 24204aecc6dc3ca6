"""What the commands of all exports share: their flags, and what they tell."""

import sys
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app
from absl import flags

from tfiqa.export import pictures
from tfiqa.export.module import min_side
from tfiqa.export.parity import Disagreement
from tfiqa.export.parity import Parity
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.shipped import PRESETS

# What reading a file of anyone, or writing one, may raise.
EXPECTED = (ImportError, OSError, RuntimeError, TypeError, ValueError)


def define_flags() -> None:
    """Defines the flags that every export has."""
    flags.DEFINE_string(
        "images",
        None,
        "Folder of pictures to compare on; with a flat one, and generated ones if few.",
    )
    flags.DEFINE_boolean("overwrite", False, "Replaces an export that is there.")
    flags.DEFINE_boolean(
        "allow_disagreement",
        False,
        "Leaves an export that does not reach the bar, and says so.",
    )


def run(
    argv: list[str],
    names: str,
    export: Callable[..., Parity],
    options: Callable[[], Mapping[str, Any]] = dict,
) -> int:
    """Runs the command of an export; returns its exit status.

    Args:
        argv: Name of the command, scorer and target.
        names: How the two are called, for who gives others.
        export: Writes the target; see `saved_model.export`.
        options: Of this export alone, read after the flags.
    """
    if len(argv) != 3:
        raise app.UsageError(f"{names} are expected.", exitcode=2)
    given, target = flags.FLAGS, Path(argv[2])
    try:
        scorer, source = _loaded(argv[1])
        chosen = None if given.images is None else _chosen(given.images, scorer)
        found = export(
            scorer,
            target,
            source=source,
            pictures=chosen,
            overwrite=given.overwrite,
            allow_disagreement=given.allow_disagreement,
            **options(),
        )
    except Disagreement as error:
        print(
            f"Not exported. {error}\nLeave it nevertheless with --allow_disagreement.",
            file=sys.stderr,
        )
        return 1
    except EXPECTED as error:
        print(f"Not exported. {error}", file=sys.stderr)
        return 1
    print(f"{target}:\n{found}")
    return 0


def _chosen(folder: str, scorer: keras.Model) -> list[np.ndarray]:
    """Returns the pictures of a folder, with what they lack for a comparison."""
    found = pictures.of_folder(folder)
    return pictures.filled(found, min_side=min_side(scorer))


def _loaded(name: str) -> tuple[keras.Model, Path]:
    """Returns a scorer and its file."""
    path = Path(name) if Path(name).is_file() else PRESETS / f"{name}.keras"
    return load_scorer(name), path
