"""The effect of JPEG on an image, without writing a file.

Entropy coding is lossless, so it is skipped. Everything else follows the integer
arithmetic of libjpeg (baseline, chroma halved in both directions, the accurate integer
transform, smooth upsampling) and gives the pixels that encoding and decoding give.

Integers are held in float32 where they stay below 2**24 and in float64 elsewhere: sums
and products are exact there, and much faster than in integer types. Where libjpeg
shifts a sum to the right, the matrix of the sum is divided by that power of two, which
changes no digit and saves a pass over the image.

References:
    ITU-T T.81, 1992; tables K.1 and K.2.
    Loeffler et al., "Practical fast 1-D DCT algorithms with 11 multiplications",
    ICASSP 1989.
"""

import numpy as np
import tensorflow as tf

from tfiqa.distortions.filters import dimensions
from tfiqa.distortions.filters import pad
from tfiqa.pixels.luma import BT601

LUMA_STEPS = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
)
CHROMA_STEPS = np.full((8, 8), 99)
CHROMA_STEPS[:4, :4] = [
    [17, 18, 24, 47],
    [18, 21, 26, 66],
    [24, 26, 56, 99],
    [47, 66, 99, 99],
]


def through_jpeg(planes: tf.Tensor, quality: int) -> tf.Tensor:
    """Returns planes as decoded from a JPEG file of them.

    Args:
        planes: float32 integers `(batch, 3, height, width)` in `[0, 255]`.
        quality: 1 to 100 on libjpeg's scale; less than 1 counts as 1.

    Returns:
        float32 integers of the same shape and range.
    """
    _, _, height, width = dimensions(planes)
    padded = pad(planes, 0, -height % 16, 0, -width % 16)
    luma, chroma = _to_luma_and_chroma(padded)
    luma = _through_blocks(luma, quantization_steps(LUMA_STEPS, quality))
    chroma = _through_blocks(_halve(chroma), quantization_steps(CHROMA_STEPS, quality))
    chroma = _double(chroma[:, :, : (height + 1) // 2, : (width + 1) // 2])
    return _to_rgb(luma[:, :, :height, :width], chroma[:, :, :height, :width] - 128.0)


def quantization_steps(table: np.ndarray, quality: int) -> np.ndarray:
    """Returns the quantization steps `(8, 8)` of a standard table at a quality."""
    quality = max(quality, 1)
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    return np.clip((table * scale + 50) // 100, 1, 255)


def _to_luma_and_chroma(planes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns Y and both chroma planes of RGB, by 16-bit fixed-point products."""
    matrix = _sixteen_bits(
        [
            [*BT601],
            [-0.168735892, -0.331264108, 0.5],
            [0.5, -0.418687589, -0.081312411],
        ]
    )
    batch, _, height, width = dimensions(planes)
    flat = tf.reshape(planes, (batch, 3, -1))
    sums = tf.matmul(tf.constant(matrix * 2.0**-16), flat)
    half = [[0.5], [128.0 + 0.5 - 2.0**-16], [128.0 + 0.5 - 2.0**-16]]
    rounded = tf.floor(sums + tf.constant(half))
    rounded = tf.reshape(rounded, (batch, 3, height, width))
    return rounded[:, :1], rounded[:, 1:]


def _to_rgb(luma: tf.Tensor, chroma: tf.Tensor) -> tf.Tensor:
    matrix = _sixteen_bits([[0.0, 1.402], [-0.34414, -0.714136286], [1.772, 0.0]])
    batch, _, height, width = dimensions(chroma)
    flat = tf.reshape(chroma, (batch, 2, -1))
    sums = tf.matmul(tf.constant(matrix * 2.0**-16), flat)
    differences = tf.reshape(tf.floor(sums + 0.5), (batch, 3, height, width))
    return tf.clip_by_value(luma + differences, 0.0, 255.0)


def _halve(chroma: tf.Tensor) -> tf.Tensor:
    """Returns means of 2x2 samples; the rounding alternates from column to column."""
    batch, channels, height, width = dimensions(chroma)
    pairs = tf.reshape(chroma, (batch * channels * height // 2, 2, width))
    columns = tf.reshape(tf.reduce_sum(pairs, axis=1), (-1, 16))
    quarters = np.repeat(np.eye(8, dtype="f") * 0.25, 2, axis=0)
    bias = tf.constant([0.25, 0.5] * 4)
    means = tf.floor(tf.matmul(columns, tf.constant(quarters)) + bias)
    return tf.reshape(means, (batch, channels, height // 2, width // 2))


def _double(chroma: tf.Tensor) -> tf.Tensor:
    """Doubles the size: each sample is 3/4 its nearest one and 1/4 the next."""
    batch, channels, height, width = dimensions(chroma)
    padded = pad(chroma, 1, 1, 1, 1)
    near = 3.0 * padded[:, :, 1:-1]
    rows = tf.stack([near + padded[:, :, :-2], near + padded[:, :, 2:]], axis=3)
    lines = tf.reshape(rows, (batch * channels * height * 2, width + 2, 1))
    taps = np.array([[[1, 0]], [[3, 3]], [[0, 1]]], "float32") * 2.0**-4
    sums = tf.nn.conv1d(lines, tf.constant(taps), 1, "VALID")
    doubled = tf.floor(sums + tf.constant([8.0 * 2.0**-4, 7.0 * 2.0**-4]))
    return tf.reshape(doubled, (batch, channels, height * 2, width * 2))


def _through_blocks(plane: tf.Tensor, steps: np.ndarray) -> tf.Tensor:
    """Transforms, quantizes and restores the 8x8 blocks of planes."""
    batch, channels, height, width = dimensions(plane)
    strips = (batch * channels * height // 8, 8, width)
    bases = transform_matrix()

    samples = tf.reshape(plane - 128.0, (-1, 8))
    first = tf.constant(bases.T * 2.0**-11, tf.float32)
    rows = tf.reshape(_rounded(tf.matmul(samples, first)), strips)
    columns = tf.matmul(tf.constant(bases * 2.0**-15), tf.cast(rows, tf.float64))
    coefficients = tf.cast(_rounded(columns), tf.float32)

    coefficients = tf.cast(_quantize(coefficients, steps), tf.float64)

    columns = _rounded(tf.matmul(tf.constant(bases.T * 2.0**-11), coefficients))
    rows = tf.matmul(tf.reshape(columns, (-1, 8)), tf.constant(bases * 2.0**-18))
    restored = tf.cast(_rounded(rows), tf.float32) + 128.0
    restored = tf.clip_by_value(restored, 0.0, 255.0)
    return tf.reshape(restored, (batch, channels, height, width))


def _quantize(coefficients: tf.Tensor, steps: np.ndarray) -> tf.Tensor:
    """Rounds coefficients, which come 8 times too large, to multiples of steps."""
    repeats = dimensions(coefficients)[2] // 8
    step = tf.tile(tf.constant(steps, tf.float32), (1, repeats))
    # Half a unit keeps the quotient away from integers, so that a product with the
    # inverse is as exact as a division.
    half = 0.5 + 0.0625 / step
    indices = tf.floor(tf.abs(coefficients) * (0.125 / step) + half)
    return tf.sign(coefficients) * indices * step


def transform_matrix() -> np.ndarray:
    """Returns the matrix `(8, 8)` of the integer cosine transform, with 13 bits.

    Row `k` holds the weights of the eight samples in coefficient `k`. They are sums of
    the rounded constants of the fast algorithm, not rounded cosines.
    """
    even, wide, far = _thirteen_bits([0.541196100, 0.765366865, 1.847759065])
    odd = _thirteen_bits([1.175875602])[0]
    own = _thirteen_bits([1.501321110, 3.072711026, 2.053119869, 0.298631336])
    outer, inner, third, fourth = _thirteen_bits(
        [0.899976223, 2.562915447, 1.961570560, 0.390180644]
    )
    one = 2.0**13
    # Weights of x0+x7, x1+x6, x2+x5, x3+x4 in each coefficient ...
    sums = {
        0: [one, one, one, one],
        2: [even + wide, even, -even, -even - wide],
        4: [one, -one, -one, one],
        6: [even, even - far, far - even, -even],
    }
    # ... and of x0-x7, x1-x6, x2-x5, x3-x4.
    differences = {
        1: [own[0] - outer - fourth + odd, odd, odd - fourth, odd - outer],
        3: [odd, own[1] - inner - third + odd, odd - inner, odd - third],
        5: [odd - fourth, odd - inner, own[2] - inner - fourth + odd, odd],
        7: [odd - outer, odd - third, odd, own[3] - outer - third + odd],
    }
    rows = {index: [*half, *half[::-1]] for index, half in sums.items()}
    rows |= {
        index: [*half, *(-value for value in half[::-1])]
        for index, half in differences.items()
    }
    return np.array([rows[index] for index in range(8)])


def _thirteen_bits(constants: list[float]) -> np.ndarray:
    """Returns constants in units of `2**-13`, rounded."""
    return np.round(np.array(constants) * 2.0**13)


def _sixteen_bits(matrix: list[list[float]]) -> np.ndarray:
    """Returns a matrix in units of `2**-16`, rounded, float32."""
    return np.round(np.array(matrix) * 2.0**16).astype("float32")


def _rounded(numbers: tf.Tensor) -> tf.Tensor:
    """Returns numbers, rounded half up."""
    return tf.floor(numbers + 0.5)
