"""One of several workers that train a small model together; see `test_loop`."""

import json
import os
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfiqa import trainers
from tfiqa.data import order
from tfiqa.training import strategies


def batches(first):
    rng = np.random.default_rng(0)
    pixels = rng.normal(size=(6, 8, 3)).astype("float32")
    pixels = pixels[2 * first.epoch + first.step :]
    return tf.data.Dataset.from_tensor_slices(
        (pixels, 3 * pixels.sum(2, keepdims=True))
    )


def main(folder, workers, micro_batch, shared):
    strategy = strategies.create("multi_worker") if workers > 1 else None
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    run = trainers.Run(folder, strategy=strategy, verbose=0)
    with run.scope():
        model = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="zeros")]
        )
        if micro_batch:
            model = trainers.GradientAccumulation(model, micro_batch)
        model.compile(keras.optimizers.SGD(0.1), loss="mean_squared_error")

    def own(first):
        part = order.of_worker(run)
        return part.marked(part.of_batches(batches(first))).prefetch(1)

    made = own if shared else batches
    trainers.fit(model, made, epochs=3, steps_per_epoch=2, run=run)
    weights = [weight.tolist() for weight in model.get_weights()]
    report = {
        "workers": run.workers,
        "replicas": run.replicas,
        "chief": run.is_chief,
        "weights": weights,
        "files": sorted(path.name for path in folder.iterdir()),
    }
    rank = json.loads(os.environ.get("TF_CONFIG", '{"task": {"index": 0}}'))["task"]
    Path(f"{folder}-{rank['index']}.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
