"""How far a change that nobody sees can raise a score."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from tfiqa.losses import QualityLoss

# Largest change of a pixel, in levels of 255, and the number of steps.
BUDGET = 2.0
STEPS = 10
# Large enough that half of the steps reach the largest change.
_STEP = 2 * BUDGET / STEPS
# Random candidates of a step, by the side of their blocks.
_BLOCKS = (1, 2, 8, 32)

Gradient = Callable[[np.ndarray], np.ndarray]
Predict = Callable[[np.ndarray], float]


def attacked(
    predict: Predict, image: np.ndarray, gradient: Gradient | None, *, seed: int = 0
) -> np.ndarray:
    """Returns the image of the highest score that ten steps reach.

    Each step moves all pixels by the sign of the gradient. Without a gradient, each
    step tries random signs on blocks of four sizes, and keeps the best.

    Args:
        predict: Function from uint8 `(height, width, 3)` to a score.
        image: uint8 `(height, width, 3)`.
        gradient: Function from float32 `(height, width, 3)` in `[0, 255]` to the
            gradient of the score, of the same shape; None for random steps.
        seed: Seed of random steps.

    Returns:
        uint8 `(height, width, 3)`, at most `BUDGET` levels from the image.
    """
    start = image.astype(np.float32)
    current, best, highest = start, image, predict(image)
    rng = np.random.default_rng(seed)
    for _ in range(STEPS):
        if gradient is not None:
            candidates = [_moved(current, start, _STEP * np.sign(gradient(current)))]
        else:
            candidates = [
                _moved(current, start, BUDGET * _random_signs(rng, image.shape, side))
                for side in _BLOCKS
            ]
        scores = np.array([predict(_rounded(one)) for one in candidates])
        number = int(np.argmax(np.nan_to_num(scores, nan=-np.inf)))
        is_higher = bool(scores[number] > highest)
        if is_higher:
            best, highest = _rounded(candidates[number]), scores[number]
        if is_higher or gradient is not None:
            current = candidates[number]
    return best


def gradient_of(scorer: keras.Model) -> Gradient | None:
    """Returns the gradient of a scorer by the pixels; None if it has none.

    Args:
        scorer: A scorer. Layers that round or use tables have no gradient, nor has
            any scorer on backends other than TensorFlow and JAX.
    """
    try:
        loss = QualityLoss(scorer)
    except ValueError:
        return None
    kind = keras.backend.backend()
    if kind not in ("tensorflow", "jax"):
        return None
    of_loss = _with_tensorflow(loss) if kind == "tensorflow" else _with_jax(loss)
    return lambda image: -np.asarray(of_loss(image[None]))[0]


def has_gradient(gradient: Gradient, image: np.ndarray) -> bool:
    """Returns whether a gradient is finite and not zero everywhere."""
    try:
        values = gradient(image.astype(np.float32))
    except Exception:  # A layer without a gradient raises what its backend raises.
        return False
    return bool(np.isfinite(values).all() and np.any(values))


def _with_tensorflow(loss: QualityLoss) -> Callable[[np.ndarray], Any]:
    import tensorflow as tf  # Not at the top: with JAX, it is not needed.

    @tf.function(
        input_signature=[tf.TensorSpec((1, None, None, 3), tf.float32)], autograph=False
    )
    def of_loss(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            value = tf.reduce_sum(loss.call(None, images))
        return tf.convert_to_tensor(tape.gradient(value, images))

    return of_loss


def _with_jax(loss: QualityLoss) -> Callable[[np.ndarray], Any]:
    import jax

    return jax.grad(lambda images: loss.call(None, images).sum())


def _random_signs(
    rng: np.random.Generator, shape: tuple[int, ...], side: int
) -> np.ndarray:
    """Returns -1, 0 or 1 for each block of pixels, float32 of an image's shape."""
    rows, columns = (-(-length // side) for length in shape[:2])
    coarse = rng.integers(-1, 2, (rows, columns, shape[2])).astype(np.float32)
    fine = coarse.repeat(side, axis=0).repeat(side, axis=1)
    return fine[: shape[0], : shape[1]]


def _moved(current: np.ndarray, start: np.ndarray, step: np.ndarray) -> np.ndarray:
    moved = np.clip(current + step, start - BUDGET, start + BUDGET)
    return np.clip(moved, 0.0, 255.0)


def _rounded(image: np.ndarray) -> np.ndarray:
    return np.rint(image).astype(np.uint8)
