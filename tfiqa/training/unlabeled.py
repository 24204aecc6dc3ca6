"""Opens unlabeled images by name: folders, streams and prepared datasets.

A name is one of

  FOLDER                       an existing folder: all images below it
  stream:KIND[/SIDE[/COUNT]]   endless generated images, COUNT new ones per epoch, SIDE
                               pixels high and wide
  DATASET                      a prepared dataset: its training rows if it has scores of
                               quality, else all rows
  DATASET:PART                 a part of it, such as `imagenet2012:train`, or `:all`
  DATASET@LIST, FOLDER@LIST    the images of the above that a CSV file names, such as
                               `ava@AVA_10k_set.csv`; also `DATASET:PART@LIST`

Several names, separated by commas, are mixed. For a folder with the name of a dataset,
write `./NAME`.
"""

import dataclasses
import os
import sys
from typing import Any

import numpy as np

from tfiqa import synthetic
from tfiqa.data import images
from tfiqa.data.builders import builder_of
from tfiqa.data.builders import names as dataset_names
from tfiqa.data.images import Images
from tfiqa.data.load import Source
from tfiqa.data.load import load
from tfiqa.data.load import load_images
from tfiqa.data.name_lists import positions
from tfiqa.data.name_lists import read_names
from tfiqa.data.prepared import opened
from tfiqa.data.subsets import PARTS
from tfiqa.synthetic.kinds import generator

STREAM = "stream:"
FORMS = (
    f"an existing folder, `{STREAM}KIND[/SIDE[/COUNT]]` with KIND one of "
    f"{', '.join(synthetic.KINDS)}, or a prepared dataset `NAME[:PART]`; folders and "
    "datasets can be followed by `@LIST`, a CSV file with the names of images"
)
SIDE = 512
COUNT = 1024

# Images of a series share their generated textures, which take seconds to make.
_PER_SERIES = 2048

# Lower series are reserved for prepared datasets and for tests on generated images.
_FIRST_SERIES = 1 << 40


def open_images(
    names: str, *, data_dir: str | os.PathLike[str] | None = None, split_seed: int = 0
) -> Images:
    """Returns the images that `names` describe; see the module docstring.

    Args:
        names: One name, or several separated by commas.
        data_dir: Folder of prepared datasets; TFDS's default when None.
        split_seed: Seed of the division of a dataset that has scores.

    Raises:
        FileNotFoundError: If a dataset is not prepared; names the command that prepares
            it.
        ValueError: If a name is unknown, or a folder has no images.
    """
    parts = names.split(",")
    if not all(parts):
        raise ValueError(
            f"Names separated by commas are expected, each {FORMS}. "
            f"Received: names={names!r}"
        )
    return images.joined(
        [_opened(name, data_dir=data_dir, split_seed=split_seed) for name in parts]
    )


def stream_images(kind: str, side: int = SIDE, count: int = COUNT) -> Images:
    """Returns generated images, unique across all epochs and seeds.

    Args:
        kind: One of `synthetic.KINDS`.
        side: Height and width in pixels.
        count: Number of images per epoch.

    Raises:
        ValueError: If an argument is not as described.
    """
    if count < 1:
        raise ValueError(f"A COUNT of at least 1 is expected. Received: {count}")
    synthetic.make_image("dead_leaves", 0, side)  # Raises if `side` is wrong.
    generator(kind)

    read = _Stream(kind, side)
    return Images(f"{STREAM}{kind}/{side}/{count}", count, read, is_endless=True)


@dataclasses.dataclass(frozen=True)
class _Stream:
    """Makes images by seed and index."""

    kind: str
    side: int

    def __call__(self, seed: int, index: int) -> np.ndarray:
        series, index_in_series = divmod(index, _PER_SERIES)
        first = _FIRST_SERIES + (seed << 20) + series
        return synthetic.make_image(self.kind, index_in_series, self.side, seed=first)


def _opened(
    name: str, *, data_dir: str | os.PathLike[str] | None, split_seed: int
) -> Images:
    if name.startswith(STREAM):
        return stream_images(*_stream_arguments(name))
    if _is_folder(name):
        return images.of_folder(name)
    rest, _, list_name = name.rpartition("@") if "@" in name else (name, "", "")
    if _is_folder(rest):
        return images.of_folder(rest, only=read_names(list_name))
    dataset, _, part = rest.partition(":")
    source = _source(dataset, part or None, data_dir=data_dir, split_seed=split_seed)
    if list_name:
        source = _listed(source, list_name, data_dir=data_dir)
    if rest == dataset and not list_name:
        return images.of_source(source)
    return dataclasses.replace(images.of_source(source), name=name)


def _is_folder(name: str) -> bool:
    return os.path.isdir(name) and name not in dataset_names()


def _source(
    name: str,
    part: str | None,
    *,
    data_dir: str | os.PathLike[str] | None,
    split_seed: int,
) -> Source:
    """Returns the images of a prepared dataset, or of one part of it."""
    try:
        builder = opened(name, data_dir=data_dir)
    except ValueError as error:
        raise ValueError(
            f"The name of unlabeled images is expected: {FORMS}. {error}"
        ) from error
    if part == "all" or (part is None and not _is_tested(name, builder)):
        return load_images(name, data_dir=data_dir)
    if "mos" not in builder.info.features:
        return load_images(name, data_dir=data_dir, part=part)
    part = part or "train"
    if part not in PARTS:
        raise ValueError(
            f"One of the parts {', '.join((*PARTS, 'all'))} of {name} is expected. "
            f"Received: {part!r}"
        )
    return getattr(load(name, data_dir=data_dir, split_seed=split_seed), part)


def _is_tested(name: str, builder: Any) -> bool:
    """Returns whether quality is tested on a part of a dataset."""
    if "mos" not in builder.info.features:
        return False
    if name.partition("/")[0] not in dataset_names():
        return True
    facts = getattr(builder_of(name), "FACTS", None)
    return facts is None or facts.rates_quality


def _listed(
    source: Source, list_name: str, *, data_dir: str | os.PathLike[str] | None
) -> Source:
    """Returns the images of a source that a list names; says how many are missing."""
    names = read_names(list_name)
    chosen, missing = positions(names, source.image_ids)
    if missing:
        print(
            f"{list_name}: {missing:,} of {len(names):,} names are not in "
            f"{source.name}",
            file=sys.stderr,
        )
    ids = [source.image_ids[position] for position in chosen]
    return load_images(source.name, data_dir=data_dir, ids=ids)


def _stream_arguments(name: str) -> tuple:
    kind, *numbers = name.removeprefix(STREAM).split("/")
    if len(numbers) > 2 or not all(number.isdecimal() for number in numbers):
        raise ValueError(
            f"`{STREAM}KIND[/SIDE[/COUNT]]` is expected. Received: {name!r}"
        )
    return kind, *map(int, numbers)
