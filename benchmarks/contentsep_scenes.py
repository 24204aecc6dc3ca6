"""The first stage of contentsep on stored versions of scenes, for several seeds.

python benchmarks/contentsep_scenes.py FOLDER PRISTINE [SEEDS [EPOCHS [BACKBONE]]]

FOLDER/versions.npy holds DRAWS crops of each image below PRISTINE and their versions,
as KADIS-700k does: distorted once, for all seeds and epochs. FOLDER/scenes-SEED/ gets
`encoder-EPOCHS.keras`; a run with more EPOCHS continues. SEEDS are numbers separated by
commas; of a run that was killed, only the epoch in which it was killed is repeated.
"""

import os
import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from tfiqa import losses
from tfiqa import trainers
from tfiqa.data import images
from tfiqa.data import ops
from tfiqa.data import views
from tfiqa.models import ContentSep
from tfiqa.optimizers import TorchAdam
from tfiqa.synthetic.versions import versions

DRAWS, VERSIONS, HEIGHT, WIDTH, SCENES = 4, 4, 192, 256, 8
SIDE, RATE = 96, 1e-3


def main(
    folder: str,
    pristine: str,
    seeds: str = "0,1,2",
    epochs: str = "3",
    backbone: str = "resnet10_slim",
) -> None:
    """Trains an encoder for each seed, unless it exists."""
    stored = stored_versions(Path(folder) / "versions.npy", pristine)
    for seed in map(int, seeds.split(",")):
        run_folder = Path(folder) / f"scenes-{seed}"
        if (run_folder / f"encoder-{epochs}.keras").exists():
            continue
        run_folder.mkdir(parents=True, exist_ok=True)
        started = time.process_time()
        run = trainers.Run(run_folder, seed=seed, resume=True, verbose=2)
        learn(stored, run, epochs=int(epochs), backbone=backbone)
        print(f"seed {seed}: {time.process_time() - started:.0f} s of processor time")


def learn(stored: np.ndarray, run: trainers.Run, *, epochs: int, backbone: str) -> None:
    """Trains one encoder and writes it."""
    keras.utils.set_random_seed(run.seed)
    encoder = ContentSep(backbone=backbone)
    model = encoder.scene_trainer(versions=VERSIONS, side=SIDE)
    model.compile(TorchAdam(RATE), losses.SceneContrast())
    trainers.fit(
        model,
        lambda first: batches(stored, run.seed, range(first.epoch, epochs)).skip(
            first.step
        ),
        epochs=epochs,
        steps_per_epoch=len(stored) // SCENES,
        run=run,
    )
    encoder.encoder().save(run.folder / f"encoder-{epochs}.keras")


def stored_versions(path: Path, pristine: str) -> np.ndarray:
    """Returns the versions, uint8 `(scenes, VERSIONS, HEIGHT, WIDTH, 3)`."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        source = images.of_folder(pristine)
        partial = path.with_suffix(".partial")
        shape = (DRAWS * source.count, VERSIONS, HEIGHT, WIDTH, 3)
        array = np.lib.format.open_memmap(partial, "w+", np.uint8, shape)

        @tf.function(reduce_retracing=True)
        def drawn(image, key):
            keys = ops.split_seed(key, 2)
            scene = views.scene(image, keys[0], HEIGHT, WIDTH)
            return versions(scene, keys[1], count=VERSIONS)

        for number, image in enumerate(source.first_epoch(0)):
            for draw in range(DRAWS):
                row = DRAWS * number + draw
                array[row] = drawn(tf.constant(image), tf.constant([row, 0])).numpy()
        array.flush()
        os.replace(partial, path)
    return np.load(path, mmap_mode="r")


def batches(stored: np.ndarray, seed: int, epochs: range) -> tf.data.Dataset:
    """Returns views `(SCENES, VERSIONS, 2, SIDE, SIDE, 3)` and targets to ignore."""

    def read(row):
        return np.asarray(stored[row])

    def one_epoch(epoch):
        order = np.random.default_rng((seed, epoch)).permutation(len(stored))

        def element(row):
            stack = tf.numpy_function(read, [row], tf.uint8)
            stack = tf.ensure_shape(stack, (VERSIONS, HEIGHT, WIDTH, 3))
            pairs = views.two_views(stack, ops.example_key(seed, epoch, row))
            return tf.ensure_shape(pairs, (VERSIONS, 2, SIDE, SIDE, 3))

        rows = tf.data.Dataset.from_tensor_slices(order)
        return rows.map(element).batch(SCENES, drop_remainder=True)

    joined = one_epoch(epochs[0])
    for epoch in epochs[1:]:
        joined = joined.concatenate(one_epoch(epoch))
    return joined.map(lambda pairs: (pairs, pairs[:, 0, 0, 0, 0, :1])).prefetch(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
