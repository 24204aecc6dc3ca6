"""Measures time and memory of the contrastive loss, all pairs at once and in blocks.

python benchmarks/contrastive_loss.py

Each row is a process of its own that computes the loss and its gradient for so many
embeddings of length 128. Memory is the growth of the peak during the loss.
"""

import json
import resource
import subprocess
import sys
import time

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfiqa.losses import SupervisedNTXent

COUNTS = (512, 2048, 8192)
FORMS = ("pairs", "blocks")
LENGTH = 128
REPEATS = 3


def main() -> None:
    print(f"{'embeddings':>10} {'form':<7} {'MB':>6} {'seconds':>8} {'loss':>10}")
    gradients = {}
    for count in COUNTS:
        for form in FORMS:
            command = [sys.executable, __file__, str(count), form]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            row = json.loads(done.stdout.splitlines()[-1])
            gradients[form] = np.array(row["gradient"])
            print(
                f"{count:>10} {form:<7} {row['bytes'] / 1e6:>6.0f} "
                f"{row['seconds']:>8.2f} {row['loss']:>10.6f}",
                flush=True,
            )
        largest = np.abs(gradients["pairs"] - gradients["blocks"]).max()
        largest /= np.abs(gradients["pairs"]).max()
        print(f"{'':>10} gradients differ by {largest:.1e} of the largest")


def measure(count: int, form: str) -> None:
    """Prints the figures of one form as JSON."""
    rng = np.random.default_rng(0)
    embeddings = tf.constant(rng.normal(size=(count, LENGTH)).astype("float32"))
    classes = tf.constant(np.repeat(rng.integers(0, 126, count // 8), 8), tf.float32)
    loss = SupervisedNTXent() if form == "blocks" else all_pairs

    @tf.function
    def value_and_gradient(embeddings):
        with tf.GradientTape() as tape:
            tape.watch(embeddings)
            value = loss(classes, embeddings)
        return value, tape.gradient(value, embeddings)

    tf.linalg.matmul(embeddings[:256], embeddings[:256], transpose_b=True)
    before = peak()
    value, gradient = value_and_gradient(embeddings)
    used = peak() - before
    started = time.monotonic()
    for _ in range(REPEATS):
        value, gradient = value_and_gradient(embeddings)
    row = {
        "bytes": used,
        "seconds": (time.monotonic() - started) / REPEATS,
        "loss": float(value),
        "gradient": gradient.numpy()[:4].tolist(),
    }
    print(json.dumps(row))


def all_pairs(classes, embeddings):
    """The loss written for all pairs at once; see `SupervisedNTXent`."""
    units = keras.ops.normalize(embeddings, axis=-1)
    logits = ops.matmul(units, ops.transpose(units)) / 0.1
    same = ops.eye(ops.shape(units)[0], dtype="bool")
    same_class = ops.equal(classes[:, None], classes[None]) & ops.logical_not(same)
    partition = ops.logsumexp(ops.where(same, -float("inf"), logits), axis=1)
    attracted = ops.sum(ops.where(same_class, logits, 0.0), axis=1)
    return ops.mean(
        partition - attracted / ops.sum(ops.cast(same_class, "float32"), axis=1)
    )


def peak() -> int:
    """Returns the largest resident size of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]), sys.argv[2])
    else:
        main()
