"""Batches whose images the device of the training distorts and turns into views.

The CPU decodes an image, cuts the part that is distorted, and draws its class, its key
and its views, by the same generators as `batches`. It sends the part as bytes; the
device does the rest. It finishes the crops of images that cannot be distorted there, of
photographs, and of images of another size than most have, up to their colors.
"""

import functools
import math
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.data import epochs as pipelines
from tfiqa.data.color_tensors import COLOR_TENSORS
from tfiqa.data.common_size import common_size
from tfiqa.data.images import Images
from tfiqa.data.scaled_crops import scaled_crops
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.grouped import FINISHED
from tfiqa.distortions.grouped import Jobs
from tfiqa.distortions.grouped import Kinds
from tfiqa.distortions.grouped import distort_grouped
from tfiqa.distortions.single import distorted_bytes
from tfiqa.methods.contrique import batches as drawing
from tfiqa.methods.contrique.config import CLASSES
from tfiqa.methods.contrique.config import PRISTINE
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.views import View

KINDS = Kinds(DISTORTIONS)

# Views that are converted at once.
COLORED = 16


def size_on_device(images: Images, config: Config, seed: int) -> tuple[int, int] | None:
    """Returns height and width of the images that the device distorts.

    They are those of the parts that most images are cut to; see `common_size`.
    """
    rng = np.random.default_rng(0)

    def size_of(image: np.ndarray) -> tuple[int, int] | None:
        height, width, _ = drawing.cut(image, rng, side=2 * config.crop_size).shape
        # The half scale of odd sides is no mean of whole pixels.
        return None if height % 2 or width % 2 else (height, width)

    return common_size(images, seed, size_of)


def batches(
    images: Images,
    authentic_images: Images | None,
    config: Config,
    size: tuple[int, int],
    *,
    seed: int,
    epochs: range,
) -> Any:
    """Returns what `finished` makes batches of, for all `epochs`.

    Args:
        images: Pristine images.
        authentic_images: Photographs with their own distortions.
        config: See `drawing.batches`.
        size: Height and width of the images that the device distorts.
        seed: Seed of the run.
        epochs: Indices of the epochs.
    """
    side, share = config.crop_size, drawing.share_of(authentic_images, config)
    shown = (((2, side, side, 3), "uint8"), ((2,), "int32"))
    distorted = drawing.distorted_elements(
        images,
        authentic_images,
        config,
        functools.partial(_distorted, size),
        (
            ((*size, 3), "uint8"),
            ((), "int32"),
            ((2,), "int32"),
            ((2, 2, side), "int32"),
            ((2,), "int32"),
            *shown,
            ((), "int32"),
        ),
        seed=seed,
        epochs=epochs,
    ).batch(share, drop_remainder=True)
    if authentic_images is None:
        return distorted.map(lambda *parts: (parts,)).prefetch(1)
    steps = drawing.steps_per_epoch(images, authentic_images, config)
    authentic = pipelines.mapped(
        authentic_images,
        functools.partial(_authentic, config, seed),
        pipelines.arrays(*shown),
        seed=seed,
        epochs=epochs,
        per_epoch=steps * share,
    ).batch(share, drop_remainder=True)
    return tf.data.Dataset.zip(distorted, authentic).prefetch(1)


def finished(config: Config, data: Any) -> tuple[tuple[Any, Any], Any]:
    """Returns a batch as `drawing.batches` returns it, computed where it is called.

    Args:
        config: See `drawing.batches`.
        data: An element of `batches`, or the share of it on one replica.
    """
    images, kinds, keys, lines, order, crops, colors, labels = data[0]
    count = tf.shape(kinds)[0]
    views = distort_grouped(
        images,
        Jobs(tf.range(count), kinds, keys, (lines, order)),
        crops,
        kinds=KINDS,
        run=_run,
        finish=_crops,
    )
    if len(data) > 1:
        views, colors, labels = (
            _by_turns(ours, theirs)
            for ours, theirs in (
                (views, tf.cast(data[1][0], views.dtype)),
                (colors, data[1][1]),
                (labels, tf.fill(tf.shape(labels), CLASSES)),
            )
        )
    return drawing.as_inputs(_colored(config, views, colors), labels)


def _run(
    distortion: Distortion, level: int, images: tf.Tensor, keys: tf.Tensor
) -> tf.Tensor:
    return distorted_bytes("kadid", distortion.number, level, images, keys)


def _crops(images: tf.Tensor, lines: tf.Tensor, order: tf.Tensor) -> tf.Tensor:
    """Returns the crops of views, uint8 `(n, 2, side, side, 3)`, in their order."""
    rows, columns = lines[:, :, None, 0], lines[:, :, None, 1]
    crops = scaled_crops(images, rows, columns, halving="bilinear")
    return tf.gather(crops[:, :, 0], order, batch_dims=1)


def _by_turns(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """Returns the entries of both in turn; a static shape stays static."""
    both = tf.stack([first, second], axis=1)
    (length, *shape) = tuple(first.shape)
    return tf.reshape(both, (-1 if length is None else 2 * length, *shape))


def _colored(config: Config, views: tf.Tensor, colors: tf.Tensor) -> tf.Tensor:
    """Returns views, uint8 `(n, 2, side, side, 3)`, in their color spaces.

    Args:
        config: Its `colors` are what `colors` counts.
        views: float16 `(n, 2, side, side, 3)`.
        colors: int32 `(n, 2)`.
    """
    side = config.crop_size
    (count, *_) = tuple(views.shape)  # Both views of an image can always be joined.
    some = math.gcd(2 * (count or 1), COLORED)
    shape = (some, side, side, 3)
    convert = _conversion(config.colors, config.lab)
    converted = tf.map_fn(
        lambda part: convert(*part),
        (tf.reshape(views, (-1, *shape)), tf.reshape(colors, (-1, some))),
        fn_output_signature=tf.TensorSpec(shape, tf.float16),
    )
    return tf.cast(tf.reshape(converted, (-1, 2, *shape[1:])), tf.uint8)


@functools.cache
def _conversion(names: tuple[str, ...], lab: str) -> Any:
    """Returns the compiled function from views and their colors to views."""
    functions = [COLOR_TENSORS[_name(name, lab)] for name in names]

    def convert(views: tf.Tensor, colors: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(views, tf.uint8)
        result = pixels
        for index, function in enumerate(functions):
            chosen = (colors == index)[:, None, None, None]
            result = tf.where(chosen, function(pixels), result)
        return tf.cast(result, tf.float16)

    return tf.function(convert, jit_compile=True, autograph=False)


def _name(color: str, lab: str) -> str:
    return "lab_of_signed_bytes" if color == "lab" and lab == "released" else color


def _distorted(
    size: tuple[int, int], config: Config, seed: int, traced: bool, *example: Any
) -> tuple[np.ndarray, ...]:
    """Returns what the device needs to know of the versions of an image."""
    image, versions = drawing.draw_versions(config, seed, *example)
    elements = [_element(image, v, size, config, traced) for v in versions]
    return tuple(np.stack(parts) for parts in zip(*elements, strict=True))


def _element(
    image: np.ndarray,
    version: drawing.Version,
    size: tuple[int, int],
    config: Config,
    traced: bool,
) -> tuple[Any, ...]:
    kind = _kind(version.label) if image.shape[:2] == size else FINISHED
    side = config.crop_size
    crops = np.zeros((2, side, side, 3), np.uint8)
    lines = np.zeros((2, 2, side), np.int32)
    source = image
    if kind == FINISHED:
        source = np.zeros((*size, 3), np.uint8)
        changed = drawing.distorted(image, version.label, version.key, traced=traced)
        crops[:] = _crops_of(changed, version.views)
    else:
        for view in version.views:
            lines[view.factor - 1] = view.lines(*size)
    return (
        source,
        np.int32(kind),
        np.zeros(2, np.int32) if version.key is None else version.key,
        lines,
        np.array([view.factor - 1 for view in version.views], np.int32),
        crops,
        _colors_of(version.views, config),
        np.int32(version.label),
    )


def _authentic(
    config: Config, seed: int, image: np.ndarray, *example: Any
) -> tuple[np.ndarray, np.ndarray]:
    views = drawing.draw_authentic(config, seed, image, *example)
    return _crops_of(image, views), _colors_of(views, config)


def _crops_of(image: np.ndarray, views: tuple[View, View]) -> np.ndarray:
    return np.stack([view.turned(view.crop(image)) for view in views])


def _colors_of(views: tuple[View, View], config: Config) -> np.ndarray:
    return np.array([config.colors.index(view.color) for view in views], np.int32)


def _kind(label: int) -> int:
    if label == PRISTINE:
        return KINDS.unchanged
    name = {row.number: name for name, row in DISTORTIONS.items()}
    number, level = label // drawing.LEVELS + 1, label % drawing.LEVELS + 1
    return KINDS.of(name[number], level)
