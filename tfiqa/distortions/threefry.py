"""Random numbers that depend on a key and on nothing else.

A key is a row of int32 `(batch, 2)`, one per image. The numbers come from Threefry-2x32
with 20 rounds, a function of key and counter. They are the same on every device, for an
image alone or in any batch, and in any order of calls.

Fields of the size of an image are drawn block by block, by functions compiled once.

Reference:
    Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfiqa.distortions.compiled import PIXELS
from tfiqa.distortions.compiled import Kernel
from tfiqa.distortions.compiled import on_blocks
from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.regions import indices_in_image
from tfiqa.distortions.regions import is_of_region

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))  # Table 2 of the paper.
PARITY = 0x1BD11BDA  # Section 3.3 of the paper, as revised in Random123 1.00.
PAIRS = 2**14  # Counters in a group: all first words come before all second words.
LARGEST_NORMAL = 5.5  # The inverse distribution of 24 bits ends at 5.42.
# Coefficients of the two polynomials of Giles, from the highest power down.
CENTRAL = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06),
    *(0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
OUTER = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844),
    *(0.00573950773, -0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)

Words = tuple[tf.Tensor, tf.Tensor]


def threefry2x32(key: Words, counter: Words) -> Words:
    """Returns the two words of Threefry for a key and a counter.

    Args:
        key: Two uint32 tensors.
        counter: Two uint32 tensors that broadcast against those of `key`.

    Returns:
        Two uint32 tensors of the broadcast shape.
    """
    parity = _xor(_xor(key[0], key[1]), tf.constant(PARITY, tf.uint32))
    schedule = (key[0], key[1], parity)
    first, second = counter[0] + key[0], counter[1] + key[1]
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            first += second
            second = _xor(_rotate(second, rotation), first)
        first += schedule[(group + 1) % 3]
        second += schedule[(group + 2) % 3] + tf.constant(group + 1, tf.uint32)
    return first, second


def fold(keys: tf.Tensor, data: tf.Tensor) -> tf.Tensor:
    """Returns new keys, derived from keys and numbers.

    Args:
        keys: int32 `(batch, 2)`.
        data: int32 `(2,)` or `(batch, 2)`.

    Returns:
        int32 `(batch, 2)`.
    """
    words = _few_words(_as_words(keys), _as_words(tf.convert_to_tensor(data)))
    return tf.bitcast(tf.stack(words, axis=-1), tf.int32)


def uniforms(keys: tf.Tensor, count: int, *, stream: int = 0) -> tf.Tensor:
    """Returns a few numbers for each image, uniform in `[0, 1)`.

    Args:
        keys: int32 `(batch, 2)`.
        count: Number of numbers for each image.
        stream: Number of an independent sequence.

    Returns:
        float32 `(batch, count)`.
    """
    half = (count + 1) // 2
    counters = tf.range(half, dtype=tf.int32)[None]
    counter = (_unsigned(counters), _unsigned(tf.fill((1, half), stream)))
    first, second = _as_words(keys)
    words = _few_words((first[:, None], second[:, None]), counter)
    return _unit(tf.concat(words, axis=1))[:, :count]


def uniform_fields(
    keys: tf.Tensor, shape: Sequence[Any], *, stream: int = 0
) -> tf.Tensor:
    """Returns fields of numbers, uniform in `[0, 1)`.

    Args:
        keys: int32 `(batch, 2)`.
        shape: Shape of the field of one image.
        stream: Number of an independent sequence.

    Returns:
        float32 `(batch, *shape)`.
    """
    return _fields(_uniform_field, keys, shape, stream)


def normal_fields(
    keys: tf.Tensor, shape: Sequence[Any], *, stream: int = 0
) -> tf.Tensor:
    """Returns fields of standard normal numbers, by the inverse distribution."""
    return _fields(_normal_field, keys, shape, stream)


def with_noise(
    kernel: Kernel, planes: tf.Tensor, keys: tf.Tensor, *numbers: float
) -> tf.Tensor:
    """Applies a function of samples and random numbers to planes.

    Args:
        kernel: Maps a key, the index of a block, samples `(n,)` and the numbers to a
            list of new samples. It is compiled once. It draws by `uniforms_of_block` or
            `normals_of_block`, which return the same values as `uniform_fields` and
            `normal_fields` for that part of the image.
        planes: `(batch, channels, height, width)`.
        keys: int32 `(batch, 2)`.
        *numbers: Parameters of the kernel.
    """
    shape = dimensions(planes)
    flat = tf.reshape(planes, (shape[0], 1, math.prod(shape[1:])))
    parameters = [tf.constant(number, tf.float32) for number in numbers]
    return tf.reshape(on_blocks(kernel, flat, keys, parameters), shape)


def uniforms_of_block(
    key: tf.Tensor, block: tf.Tensor, stream: int | tf.Tensor = 0
) -> tf.Tensor:
    """Returns the uniform numbers of one block of a field, `(PIXELS,)`."""
    if is_of_region(key):
        return _uniforms_of_region(key, block * PIXELS + tf.range(PIXELS), stream)
    groups = PIXELS // (2 * PAIRS)
    first = block * groups
    pairs = [_pairs_of_group(key, first + group, stream) for group in range(groups)]
    pairs = tf.reshape(tf.concat(pairs, axis=0), (groups, PAIRS))
    words = tf.stack([tf.math.real(pairs), tf.math.imag(pairs)], axis=1)
    return tf.reshape(words, (PIXELS,))


def _pairs_of_group(
    key: tf.Tensor, group: tf.Tensor, stream: int | tf.Tensor
) -> tf.Tensor:
    """Returns the numbers of both words of a group's counters, complex64 `(PAIRS,)`.

    XLA computes a complex number at once. Of two real tensors, it would compute each
    with all rounds of its own.
    """
    counters = group * PAIRS + tf.range(PAIRS)
    counter = (_unsigned(counters), _unsigned(tf.fill((PAIRS,), stream)))
    first, second = threefry2x32(_as_words(key), counter)
    return tf.complex(_unit(first), _unit(second))


def normals_of_block(
    key: tf.Tensor, block: tf.Tensor, stream: int | tf.Tensor = 0
) -> tf.Tensor:
    """Returns the normal numbers of one block of a field, `(PIXELS,)`."""
    chances = uniforms_of_block(key, block, stream)
    centered = chances * 2.0 - (1.0 - 2.0**-24)  # In the open interval (-1, 1).
    return _inverse_error_function(centered) * 2.0**0.5


def _inverse_error_function(values: tf.Tensor) -> tf.Tensor:
    """Returns the inverse of the error function, with a relative error of 3e-7.

    The argument of the logarithm is exact near -1 and 1, unlike `1 - values**2`, and
    the two polynomials of the reference differ only in their coefficients, which makes
    this faster than `tf.math.erfinv`.

    Reference:
        Giles, "Approximating the erfinv function", GPU Computing Gems, 2011.
    """
    depth = -tf.math.log((1.0 - values) * (1.0 + values))
    central = depth < 5.0
    position = tf.where(central, depth - 2.5, tf.sqrt(depth) - 3.0)
    result = tf.zeros_like(values)
    for inner, outer in zip(CENTRAL, OUTER, strict=True):
        result = result * position + tf.where(central, inner, outer)
    return result * values


def _uniforms_of_region(
    key: tf.Tensor, samples: tf.Tensor, stream: int | tf.Tensor
) -> tf.Tensor:
    """Returns the numbers of the full image's field at samples of a region."""
    indices = indices_in_image(key, samples)
    group, index = indices // (2 * PAIRS), tf.math.floormod(indices, 2 * PAIRS)
    counters = group * PAIRS + tf.math.floormod(index, PAIRS)
    counter = (_unsigned(counters), _unsigned(tf.fill((1,), stream)))
    first, second = threefry2x32(_as_words(key), counter)
    return _unit(tf.where(index < PAIRS, first, second))


def _fields(
    kernel: Kernel, keys: tf.Tensor, shape: Sequence[Any], stream: int
) -> tf.Tensor:
    (batch, _) = dimensions(keys)
    nothing = tf.zeros((batch, 0, math.prod(shape)))
    drawn = on_blocks(kernel, nothing, keys, [tf.constant(stream)])
    return tf.reshape(drawn, (batch, *shape))


def _uniform_field(
    key: tf.Tensor, block: tf.Tensor, stream: tf.Tensor
) -> list[tf.Tensor]:
    return [uniforms_of_block(key, block, stream)]


def _normal_field(
    key: tf.Tensor, block: tf.Tensor, stream: tf.Tensor
) -> list[tf.Tensor]:
    return [normals_of_block(key, block, stream)]


@tf.function(autograph=False, reduce_retracing=True)
def _few_words(key: Words, counter: Words) -> Words:
    return threefry2x32(key, counter)


def _as_words(keys: tf.Tensor) -> Words:
    words = _unsigned(keys)
    return tf.gather(words, 0, axis=-1), tf.gather(words, 1, axis=-1)


def _unsigned(numbers: tf.Tensor) -> tf.Tensor:
    return tf.bitcast(numbers, tf.uint32)


def _unit(words: tf.Tensor) -> tf.Tensor:
    """Returns the upper 24 bits of words as numbers in `[0, 1)`."""
    bits = tf.bitwise.right_shift(words, tf.constant(8, tf.uint32))
    return tf.cast(tf.bitcast(bits, tf.int32), tf.float32) * 2.0**-24


def _rotate(words: tf.Tensor, bits: int) -> tf.Tensor:
    left = tf.bitwise.left_shift(words, tf.constant(bits, tf.uint32))
    right = tf.bitwise.right_shift(words, tf.constant(32 - bits, tf.uint32))
    return tf.bitwise.bitwise_or(left, right)


def _xor(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    return tf.bitwise.bitwise_xor(first, second)
