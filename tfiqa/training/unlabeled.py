"""Opens unlabeled images by name: folders, streams and prepared datasets.

A name is one of

  FOLDER                       an existing folder: all images below it
  stream:KIND[/SIDE[/COUNT]]   endless generated images, COUNT new ones per epoch, SIDE
                               pixels high and wide
  DATASET                      a prepared dataset: its training rows if it has scores,
                               else all rows

Several names, separated by commas, are mixed. For a folder with the name of a dataset,
write `./NAME`.
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

    def make(seed: int, index: np.int64) -> np.ndarray:
        series, index_in_series = divmod(int(index), _PER_SERIES)
        first = _FIRST_SERIES + (seed << 20)
        return synthetic.make_image(kind, index_in_series, side, seed=first + series)

    def epoch(seed: int, number: int) -> tf.data.Dataset:
        def image(index):
            pixels = tf.numpy_function(
                functools.partial(make, seed), [index], tf.uint8, stateful=False
            )
            return {"image": tf.ensure_shape(pixels, (side, side, 3)), "index": index}

        indices = tf.data.Dataset.range(number * count, (number + 1) * count)
        return indices.map(image, num_parallel_calls=tf.data.AUTOTUNE)

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
        raise ValueError(
            f"The name of unlabeled images is expected: {FORMS}. {error}"
        ) from error
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
