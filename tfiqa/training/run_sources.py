"""The data that a training run learns from, by the names in its request."""

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
from tfiqa.scoring.shipped import file_of
from tfiqa.training import run_folder
from tfiqa.training.unlabeled import open_images

# Names for no images, and for the training images of the labeled dataset.
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
    """Returns the data offered to a method.

    Unlabeled images are for methods with `images`; the attributes of `Method` state the
    defaults. An encoder replaces them, except for methods with `needs_images`, which
    compare with pristine images.

    Args:
        splits: Labeled images.
        method: A row of `METHODS`.
        recipe: A recipe of the method.
        photographs: Whether the labeled images are photographs. By default, a method
            then also learns from those for training, unless it has `images_suffice`
            and `images` are named.
        images: Names for `open_images`.
        authentic_images: Such names, `NONE` or `TRAINING_ROWS`.
        encoder: File of an encoder; or of several, separated by commas, for a method
            that joins them.
        data_dir: As for `open_images`.
        split_seed: As for `open_images`.

    Raises:
        FileNotFoundError: If a dataset is not prepared.
        ValueError: If the method does not learn from a named source, or it does not
            exist.
    """
    named = {"images": images, "authentic_images": authentic_images, "encoder": encoder}
    default = method.images_for(recipe)
    if default is None:
        _check_unused(named, f"{method.name} learns from scores")
        return Sources(splits.train, splits.validation)
    paths = _checked_encoders(encoder, method)
    single, encoders = (
        (None, paths) if len(paths) > 1 else (next(iter(paths), None), ())
    )
    if paths and not method.needs_images:
        del named["encoder"]
        _check_unused(named, "the encoder is not trained further")
        return Sources(
            splits.train, splits.validation, encoder=single, encoders=encoders
        )
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
    opened = open_images(images or default, data_dir=data_dir, split_seed=split_seed)
    return Sources(splits.train, splits.validation, opened, authentic, single)


def facts(sources: Sources) -> dict[str, Any]:
    """Returns what a run records about the unlabeled images and the encoder."""
    files = sources.encoders if sources.encoder is None else (sources.encoder,)
    return {
        "images": _described(sources.images),
        "authentic_images": _described(sources.authentic_images),
        "encoder": ",".join(map(str, files)) or None,
    }


def train_scorer(
    method: Method, config: Any, sources: Sources, run: trainers.Run
) -> keras.Model:
    """Returns the scorer. A failure before anything is written leaves no folder.

    Raises:
        UnfitImages: If the images turn out to be unusable.
    """
    try:
        scorer = method.train(config, sources, run)
    except BaseException as error:
        report_skipped(sources, run.folder)
        if run.is_chief:
            run_folder.discard_empty(run.folder)
        for images in (sources.images, sources.authentic_images):
            if images is not None and isinstance(error, Exception):
                images.check_readable()
        raise
    report_skipped(sources, run.folder)
    return scorer


def report_skipped(sources: Sources, folder: Path) -> None:
    """Reports which unlabeled images were skipped.

    `skipped.txt` lists them, together with those listed before a run was resumed.
    """
    skipped = {
        path: reason
        for images in (sources.images, sources.authentic_images)
        if images is not None
        for path, reason in images.skipped.items()
    }
    if skipped:
        path = folder / "skipped.txt"
        before = path.read_text("utf-8").splitlines() if path.exists() else []
        # Compared as written, so that the same image is listed once.
        rows = [f"{name}: {reason}" for name, reason in skipped.items()]
        now = [row.encode("utf-8", "backslashreplace").decode() for row in rows]
        lines = sorted({*before, *now})
        atomic.write_text(path, "\n".join([*lines, ""]))
        print(f"Skipped images: {len(lines):,}, listed in {path}", file=sys.stderr)


def _check_unused(named: dict[str, str | None], why: str) -> None:
    superfluous = [f"--{name}={value}" for name, value in named.items() if value]
    if superfluous:
        raise ValueError(
            f"No {' and no '.join(f'--{name}' for name in named)} is expected, since "
            f"{why}. Received: {', '.join(superfluous)}"
        )


def _checked_encoders(paths: str | None, method: Method) -> tuple[Path, ...]:
    if paths is None:
        return ()
    joined = method.encoders
    files = tuple(map(file_of, paths.split(",")))
    if len(files) > 1 and len(files) != len(joined):
        count = f", or {len(joined)}, of {' and '.join(joined)}," if joined else ""
        raise ValueError(
            f"One encoder{count} is expected for {method.name}. "
            f"Received: --encoder={paths}"
        )
    for path in files:
        if path.suffix != ".keras" or not path.is_file():
            raise ValueError(
                "An encoder.keras, as methods without labels write it, or the name of "
                "a preset is expected. "
                f"Received: --encoder={paths}"
            )
    return files


def _described(images: Images | None) -> str | None:
    return None if images is None else f"{images.name} ({images.count:,})"
