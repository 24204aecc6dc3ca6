"""Opens pictures without scores by name: folders, streams and prepared datasets.

A name is one of

  FOLDER                       an existing folder: all pictures below it
  stream:KIND[/SIDE[/COUNT]]   generated pictures without end, COUNT new ones an epoch,
                               SIDE pixels high and wide
  DATASET                      a prepared dataset: its training rows if it has scores,
                               else all of it

and several of them, with commas between, are mixed. A folder that has the name of a
dataset is meant as `./NAME`.
"""

import functools
import os

import numpy as np
import tensorflow as tf

from tfiqa import synthetic
from tfiqa.data import images
from tfiqa.data.builders import names as dataset_names
from tfiqa.data.images import Images
from tfiqa.data.load import load
from tfiqa.data.load import load_images
from tfiqa.data.prepared import opened
from tfiqa.synthetic.kinds import generator

STREAM = "stream:"
FORMS = (
    f"an existing folder, `{STREAM}KIND[/SIDE[/COUNT]]` with KIND one of "
    f"{', '.join(synthetic.KINDS)}, or a prepared dataset"
)
SIDE = 512
COUNT = 1024

# Pictures of a series share their made-up textures, which take seconds to make.
_PER_SERIES = 2048

# Series below these belong to prepared datasets, and to whoever tests on pictures.
_FIRST_SERIES = 1 << 40


def open_images(
    names: str, *, data_dir: str | os.PathLike[str] | None = None, split_seed: int = 0
) -> Images:
    """Returns the pictures that `names` stand for; see the head of this module.

    Args:
        names: One or several, with commas between.
        data_dir: Where prepared datasets are; TFDS's default when None.
        split_seed: Of the division of a dataset that has scores.

    Raises:
        FileNotFoundError: If a dataset is not prepared; names the command to do it.
        ValueError: If there is nothing of that name, or a folder has no pictures.
    """
    parts = names.split(",")
    if not all(parts):
        raise ValueError(
            f"Names with commas between are expected, each {FORMS}. "
            f"Received: names={names!r}"
        )
    return images.joined(
        [_opened(name, data_dir=data_dir, split_seed=split_seed) for name in parts]
    )


def stream_images(kind: str, side: int = SIDE, count: int = COUNT) -> Images:
    """Returns generated pictures: no two of all epochs, or of two seeds, are the same.

    Args:
        kind: One of `synthetic.KINDS`.
        side: Height and width in pixels.
        count: How many are made for an epoch.

    Raises:
        ValueError: If an argument is not as described.
    """
    if count < 1:
        raise ValueError(f"A COUNT of at least 1 is expected. Received: {count}")
    synthetic.picture("dead_leaves", 0, side)  # A side that is wrong raises here.
    generator(kind)

    def make(seed: int, index: np.int64) -> np.ndarray:
        series, place = divmod(int(index), _PER_SERIES)
        first = _FIRST_SERIES + (seed << 20)
        return synthetic.picture(kind, place, side, seed=first + series)

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        def picture(index):
            made = tf.numpy_function(
                functools.partial(make, seed), [index], tf.uint8, stateful=False
            )
            return {"image": tf.ensure_shape(made, (side, side, 3)), "index": index}

        indices = tf.data.Dataset.range(number * count, (number + 1) * count)
        return indices.map(picture, num_parallel_calls=tf.data.AUTOTUNE)

    return Images(f"{STREAM}{kind}/{side}/{count}", count, epoch)


def _opened(
    name: str, *, data_dir: str | os.PathLike[str] | None, split_seed: int
) -> Images:
    if name.startswith(STREAM):
        return stream_images(*_stream_arguments(name))
    if os.path.isdir(name) and name not in dataset_names():
        return images.of_folder(name)
    try:
        builder = opened(name, data_dir=data_dir)
    except ValueError as error:
        raise ValueError(f"A name of pictures is expected: {FORMS}. {error}") from error
    if "mos" in builder.info.features:
        return images.of_source(
            load(name, data_dir=data_dir, split_seed=split_seed).train
        )
    return images.of_source(load_images(name, data_dir=data_dir))


def _stream_arguments(name: str) -> tuple:
    kind, *numbers = name.removeprefix(STREAM).split("/")
    if len(numbers) > 2 or not all(number.isdecimal() for number in numbers):
        raise ValueError(
            f"`{STREAM}KIND[/SIDE[/COUNT]]` is expected. Received: {name!r}"
        )
    return kind, *map(int, numbers)
