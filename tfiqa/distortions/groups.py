"""Groups of images of one type and level, which are computed at once."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tfiqa.distortions import threefry
from tfiqa.distortions.bank import Distortion


def are_random(numbers: np.ndarray | tf.Tensor, bank: Mapping[str, Distortion]) -> bool:
    """Returns whether any of the types that may occur is random."""
    return any(
        distortion.random
        and (isinstance(numbers, tf.Tensor) or distortion.number in numbers)
        for distortion in bank.values()
    )


def groups(choices: np.ndarray) -> Iterator[tuple[tuple[int, int], np.ndarray]]:
    """Yields each type and level of `choices` `(batch, 2)`, and the rows with it."""
    for number, level in np.unique(choices, axis=0):
        rows = np.flatnonzero((choices == (number, level)).all(axis=-1))
        yield (int(number), int(level)), rows


def in_order(parts: Sequence[tf.Tensor], rows: Sequence[np.ndarray]) -> tf.Tensor:
    """Returns the entries of all parts, each at the row that it comes from."""
    if len(parts) == 1:
        return parts[0]
    return tf.gather(tf.concat(parts, axis=0), np.argsort(np.concatenate(rows)))


def apply(
    planes: tf.Tensor,
    number: int,
    level: int,
    keys: tf.Tensor,
    bank: Mapping[str, Distortion],
) -> tf.Tensor:
    """Returns planes `(batch, 3, height, width)` under one type and level."""
    name, distortion = row_of(number, bank)
    planes = _large_enough(planes, name, distortion.min_side)
    if distortion.random:
        keys = threefry.fold(keys, tf.constant([number, level]))
    return distortion.function(planes, distortion.strengths[level - 1], keys)


def row_of(number: int, bank: Mapping[str, Distortion]) -> tuple[str, Distortion]:
    """Returns the name and the entry of the type with a number."""
    return next(item for item in bank.items() if item[1].number == number)


def check_sides(height: int | None, width: int | None, name: str, least: int) -> None:
    """Raises `ValueError` if a known side is shorter than a type allows."""
    if any(side is not None and side < least for side in (height, width)):
        raise ValueError(f"{_message(name, least)}height={height}, width={width}")


def _large_enough(planes: tf.Tensor, name: str, least: int) -> tf.Tensor:
    height, width = planes.shape[2:]
    check_sides(height, width, name, least)
    if None in (height, width):
        sides = tf.shape(planes)[2:]
        message = f"{_message(name, least)}height and width"
        large = tf.debugging.Assert(tf.reduce_all(sides >= least), [message, sides])
        with tf.control_dependencies([large]):
            return tf.identity(planes)
    return planes


def _message(name: str, least: int) -> str:
    return (
        f"`images` must have at least {least} rows and columns for {name!r}. Received: "
    )
