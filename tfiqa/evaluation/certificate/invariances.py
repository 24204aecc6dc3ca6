"""How scores differ between batches, threads, devices and runtimes."""

import math
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np

from tfiqa.evaluation.certificate.bands import Mark
from tfiqa.evaluation.certificate.material import Predict
from tfiqa.layers.pinned import usual_settings
from tfiqa.scoring.runtimes.choice import chosen
from tfiqa.scoring.runtimes.choice import opened


def of_batches(
    scorer: keras.Model, images: list[np.ndarray], alone: np.ndarray, factor: float
) -> Mark:
    """Compares scores in a batch with those of single images.

    Args:
        scorer: The scorer.
        images: uint8 `(height, width, 3)`, all of one size.
        alone: Score of each, `(n,)`.
        factor: Points for one unit of the score.
    """
    together = _in_batches(scorer, np.stack(images).astype("float32"))
    return Mark("batch", _largest(together - alone, factor), f"{len(images)} images")


def of_threads(
    predict: Predict, images: list[np.ndarray], alone: np.ndarray, factor: float
) -> Mark:
    """Compares scores from two threads with those of a single one."""
    with ThreadPoolExecutor(2) as threads:
        scores = np.array(list(threads.map(predict, images)))
    return Mark("threads", _largest(scores - alone, factor), "2 threads")


def of_devices(scorer: keras.Model, images: list[np.ndarray], factor: float) -> Mark:
    """Compares the CPU with an accelerator, if TensorFlow has one."""
    if keras.backend.backend() != "tensorflow":
        return Mark("device", note="on TensorFlow only", measured=False)
    import tensorflow as tf  # Not at the top: with JAX, it is not needed.

    devices = [device.device_type for device in tf.config.list_logical_devices()]
    others = [kind for kind in devices if kind != "CPU"]
    if not others:
        return Mark("device", note="no accelerator here", measured=False)
    batch = np.stack(images).astype("float32")
    scores = []
    for kind in ("CPU", others[0]):
        with tf.device(f"/{kind}:0"):
            scores.append(_in_batches(scorer, batch))
    value = _largest(scores[1] - scores[0], factor)
    return Mark("device", value, f"CPU and {others[0]}")


def of_runtimes(
    name: str, images: list[np.ndarray], alone: np.ndarray, factor: float
) -> Mark:
    """Compares Keras with the runtime that `tfiqa.score` would choose.

    Args:
        name: File of the scorer, or name of a preset.
        images: uint8 `(height, width, 3)`.
        alone: Score of each in Keras, `(n,)`.
        factor: Points for one unit of the score.
    """
    light = chosen(name)
    if light == "keras":
        return Mark("runtime", note="only Keras runs it", measured=False)
    runtime = opened(name)
    scores = np.array([runtime.predict(image) for image in images])
    return Mark("runtime", _largest(scores - alone, factor), f"keras and {light}")


def _largest(differences: np.ndarray, factor: float) -> float:
    known = np.abs(differences[~np.isnan(differences)])
    return factor * float(known.max()) if known.size else math.nan


def _in_batches(scorer: keras.Model, batch: np.ndarray) -> np.ndarray:
    with usual_settings():
        if keras.backend.backend() != "tensorflow":
            return np.asarray(scorer(batch, training=False))[:, 0]
        import tensorflow as tf

        spec = [tf.TensorSpec((None, None, None, 3), tf.float32)]
        # In a graph, since some scorers loop inside an image.
        run = tf.function(lambda x: scorer(x, training=False), spec, autograph=False)
        return np.asarray(run(batch))[:, 0]
