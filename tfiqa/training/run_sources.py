"""What a run of training learns from, by the names that its user gave."""

import os
import sys
from pathlib import Path
from typing import Any

import keras

from tfiqa import trainers
from tfiqa.data.images import Images
from tfiqa.data.images import of_source
from tfiqa.data.load import Splits
from tfiqa.data.sources import Sources
from tfiqa.files import atomic
from tfiqa.methods import Method
from tfiqa.training import run_folder
from tfiqa.training.unlabeled import open_images

# Names of no pictures, and of the training pictures of the labelled dataset.
NONE = "none"
TRAINING_ROWS = ""


def open_sources(
    splits: Splits,
    method: Method,
    *,
    recipe: str = "paper",
    photographs: bool = False,
    images: str | None = None,
    authentic_images: str | None = None,
    encoder: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
    split_seed: int = 0,
) -> Sources:
    """Returns what is offered to a method.

    Unlabeled images are for methods with `images`; see `Method`, whose attributes say
    what is opened if nothing is named. An encoder replaces them, except for methods
    with `needs_images`, which compare with pristine images.

    Args:
        splits: Labelled pictures.
        method: A row of `METHODS`.
        recipe: A recipe of the method.
        photographs: Whether labelled pictures are photographs: of those for training
            a method learns as well, where no others are named and it does not object.
        images: Names for `open_images`.
        authentic_images: Such names, `NONE` or `TRAINING_ROWS`.
        encoder: The file of an encoder; or of several, with commas between, for a
            method that joins them.
        data_dir: As for `open_images`.
        split_seed: As for `open_images`.

    Raises:
        FileNotFoundError: If a dataset is not prepared.
        ValueError: If the method learns from none of these, or if they do not exist.
    """
    named = {"images": images, "authentic_images": authentic_images, "encoder": encoder}
    default = method.images_for(recipe)
    if default is None:
        _check_unused(named, f"{method.name} learns from scores")
        return Sources(splits.train, splits.validation)
    paths = _checked_encoders(encoder, method)
    one, several = (None, paths) if len(paths) > 1 else (next(iter(paths), None), ())
    if paths and not method.needs_images:
        del named["encoder"]
        _check_unused(named, "the encoder is taken as it is")
        return Sources(splits.train, splits.validation, encoder=one, encoders=several)
    if authentic_images is None:
        authentic_images = method.authentic_images_for(recipe)
    suffice = images and method.images_suffice
    if authentic_images is None and photographs and not suffice:
        authentic_images = TRAINING_ROWS
    authentic = None
    if authentic_images == TRAINING_ROWS:
        authentic = of_source(splits.train)
    elif authentic_images not in (None, NONE):
        authentic = open_images(
            authentic_images, data_dir=data_dir, split_seed=split_seed
        )
    pictures = open_images(images or default, data_dir=data_dir, split_seed=split_seed)
    return Sources(splits.train, splits.validation, pictures, authentic, one)


def facts(sources: Sources) -> dict[str, Any]:
    """Returns what a run notes of the pictures without scores and of the encoder."""
    files = sources.encoders if sources.encoder is None else (sources.encoder,)
    return {
        "images": _described(sources.images),
        "authentic_images": _described(sources.authentic_images),
        "encoder": ",".join(map(str, files)) or None,
    }


def train_scorer(
    method: Method, config: Any, sources: Sources, run: trainers.Run
) -> keras.Model:
    """Returns the scorer. What fails before it left anything leaves no folder.

    Raises:
        UnfitPictures: If pictures turn out to be none that can be learned from.
    """
    try:
        scorer = method.train(config, sources, run)
    except BaseException as error:
        report_skipped(sources, run.folder)
        if run.is_chief:
            run_folder.discard_empty(run.folder)
        for pictures in (sources.images, sources.authentic_images):
            if pictures is not None and isinstance(error, Exception):
                pictures.check_readable()
        raise
    report_skipped(sources, run.folder)
    return scorer


def report_skipped(sources: Sources, folder: Path) -> None:
    """Reports which unlabeled images were left out.

    `skipped.txt` lists them, and those that it listed before a run was resumed.
    """
    skipped = {
        path: reason
        for pictures in (sources.images, sources.authentic_images)
        if pictures is not None
        for path, reason in pictures.skipped.items()
    }
    if skipped:
        path = folder / "skipped.txt"
        before = path.read_text("utf-8").splitlines() if path.exists() else []
        # As they are written, so that the same line is the same text.
        rows = [f"{name}: {reason}" for name, reason in skipped.items()]
        now = [row.encode("utf-8", "backslashreplace").decode() for row in rows]
        lines = sorted({*before, *now})
        atomic.write_text(path, "\n".join([*lines, ""]))
        print(f"Pictures left out: {len(lines):,}, listed in {path}", file=sys.stderr)


def _check_unused(named: dict[str, str | None], why: str) -> None:
    given = [f"--{name}={value}" for name, value in named.items() if value]
    if given:
        raise ValueError(
            f"No {' and no '.join(f'--{name}' for name in named)} is expected, since "
            f"{why}. Received: {', '.join(given)}"
        )


def _checked_encoders(paths: str | None, method: Method) -> tuple[Path, ...]:
    if paths is None:
        return ()
    joined = method.encoders
    found = tuple(map(Path, paths.split(",")))
    if len(found) > 1 and len(found) != len(joined):
        several = f", or {len(joined)}, of {' and '.join(joined)}," if joined else ""
        raise ValueError(
            f"One encoder{several} is expected for {method.name}. "
            f"Received: --encoder={paths}"
        )
    for path in found:
        if path.suffix != ".keras" or not path.is_file():
            raise ValueError(
                "An encoder.keras, as methods without labels write it, is expected. "
                f"Received: --encoder={paths}"
            )
    return found


def _described(pictures: Images | None) -> str | None:
    return None if pictures is None else f"{pictures.name} ({pictures.count:,})"
