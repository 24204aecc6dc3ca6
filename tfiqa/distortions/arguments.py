"""Checks of the arguments of `distort`, and the random keys of images."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfiqa.distortions import threefry
from tfiqa.distortions.bank import Distortion
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.frame import extrema
from tfiqa.distortions.pixel_hash import pixel_hash

Seed = tf.Tensor | np.ndarray | Sequence[Any]
Choice = int | str | Sequence[int | str] | np.ndarray | tf.Tensor


def rgb_images(images: tf.Tensor | np.ndarray) -> tf.Tensor:
    """Returns images as float32; raises an error unless they are a batch of RGB."""
    images = _numeric(images)
    if images.shape.rank != 4 or images.shape[-1] != 3:
        raise ValueError(
            "`images` of the shape (batch, height, width, 3) are expected. "
            f"Received: shape={images.shape}"
        )
    return images


def finite_images(
    images: tf.Tensor,
) -> tuple[tf.Tensor, tuple[tf.Tensor, tf.Tensor]]:
    """Returns images and their extrema; raises an error if a pixel is not finite."""
    message = f"`images` must be finite. Received: shape={images.shape}"
    lowest, highest = extrema(images)
    # A pixel that is infinite is an extremum, and NaN makes an extremum NaN.
    finite = [
        tf.debugging.assert_all_finite(extremum, message)
        for extremum in (lowest, highest)
    ]
    with tf.control_dependencies(finite):
        return tf.identity(images), (tf.identity(lowest), tf.identity(highest))


def type_numbers(
    types: Choice, bank: Mapping[str, Distortion]
) -> np.ndarray | tf.Tensor:
    """Returns types as numbers: a NumPy array if they are known, else a tensor."""
    types = _static(types)
    if isinstance(types, tf.Tensor):
        return types
    known = {name: distortion.number for name, distortion in bank.items()}
    if types.dtype.kind in "USO":
        names = [_text(name) for name in types.reshape(-1)]
        unknown = sorted(set(names) - set(known))
        numbers = [known.get(name, 0) for name in names]
        types = np.array(numbers, "int32").reshape(types.shape)
    else:
        unknown = sorted(set(types.reshape(-1).tolist()) - set(known.values()))
    if unknown:
        raise ValueError(
            f"`types` must be names or numbers of {names_of(bank)}. "
            f"Received: types={unknown}"
        )
    return types


def known_levels(levels: Choice) -> np.ndarray | tf.Tensor:
    """Returns levels: a NumPy array if they are known, else a tensor."""
    levels = _static(levels)
    if isinstance(levels, tf.Tensor):
        return levels
    if not np.isin(levels, (1, 2, 3, 4, 5)).all():
        raise ValueError(f"`levels` must be 1, 2, 3, 4 or 5. Received: levels={levels}")
    return levels


def choice_of_each(
    numbers: np.ndarray, levels: np.ndarray, planes: tf.Tensor
) -> tuple[np.ndarray, tf.Tensor]:
    """Returns type and level of each image, `(batch, 2)`, and planes of that batch."""
    shapes = {choice.shape for choice in (numbers, levels) if choice.ndim}
    message = (
        "`types` and `levels` must be scalars or have one entry for each image. "
        f"Received: batch={planes.shape[0]}, types={numbers}, levels={levels}"
    )
    if len(shapes) > 1 or any(len(shape) > 1 for shape in shapes):
        raise ValueError(message)
    choices = np.stack(np.broadcast_arrays(numbers, levels), axis=-1)
    return choices, _with_rows(planes, len(choices), message)


def checked_seed(images: tf.Tensor, seed: Seed) -> tf.Tensor:
    """Returns a seed as int32, `(2,)` or `(batch, 2)`, after checking its shape."""
    seed = _int32(seed)
    message = (
        "`seed` of the shape (2,) or (batch, 2) is expected. "
        f"Received: shape={seed.shape}, batch={images.shape[0]}"
    )
    if seed.shape.rank == 2 and seed.shape[1] == 2:
        return _with_rows(seed, dimensions(images)[0], message)
    if seed.shape != (2,):
        raise ValueError(message)
    return seed


def image_keys(images: tf.Tensor, seed: tf.Tensor, *, random: bool) -> tf.Tensor:
    """Returns one key for each image, `(batch, 2)`; zeros if no type is random."""
    if seed.shape.rank == 2:
        return seed
    if not random:
        return tf.zeros((dimensions(images)[0], 2), tf.int32)
    return threefry.fold(seed[None], pixel_hash(images))


def default_stretch(bank: Mapping[str, Distortion]) -> bool:
    """Returns whether the database of a bank stretches its images."""
    values = {row.stretched for row in bank.values()}
    if len(values) != 1:
        raise ValueError(
            "`stretch` must be True or False for a bank that mixes types of databases "
            "that stretch images with types of others. "
            f"Received: stretch=None, {names_of(bank)}"
        )
    return values.pop()


def _numeric(images: tf.Tensor | np.ndarray) -> tf.Tensor:
    """Returns real numbers as float32."""
    if not tf.is_tensor(images):
        images = np.asarray(images)
    dtype = tf.as_dtype(images.dtype)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(
            f"`images` of real numbers are expected. Received: dtype={dtype.name}"
        )
    return tf.cast(images, tf.float32)


def _int32(seed: Seed) -> tf.Tensor:
    """Returns integers as int32; raises an error if they are not, or do not fit."""
    if any(tf.is_tensor(part) for part in tf.nest.flatten(seed)):
        seed = tf.convert_to_tensor(seed)
        if seed.dtype == tf.int32:  # Its values need not be read.
            return seed
    known = _static(seed)
    dtype = tf.as_dtype(known.dtype)
    limits = np.iinfo(np.int32)
    if not dtype.is_integer or (
        isinstance(known, np.ndarray)
        and np.any((known < limits.min) | (known > limits.max))
    ):
        raise ValueError(f"`seed` of int32 is expected. Received: seed={seed}")
    return tf.cast(known, tf.int32)


def _with_rows(tensor: tf.Tensor, rows: int | tf.Tensor, message: str) -> tf.Tensor:
    """Returns a tensor, checked to have `rows` rows: in a graph, when it runs."""
    if tensor.shape[0] is not None and isinstance(rows, int):
        if tensor.shape[0] != rows:
            raise ValueError(message)
        return tensor
    equal = tf.debugging.assert_equal(tf.shape(tensor)[0], rows, message)
    with tf.control_dependencies([equal]):
        return tf.identity(tensor)


def _static(choice: Choice) -> np.ndarray | tf.Tensor:
    """Returns a NumPy array, or the tensor if a graph does not know its values yet."""
    if not isinstance(choice, tf.Tensor):
        return np.asarray(choice)
    value = tf.get_static_value(choice)
    return choice if value is None else np.asarray(value)


def names_of(bank: Mapping[str, Distortion]) -> str:
    """Returns the types of a bank for a message."""
    return ", ".join(f"{d.number} {name!r}" for name, d in bank.items())


def _text(name: str | bytes) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
