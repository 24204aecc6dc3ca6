"""Measures calls of a scorer on a batch: memory above the model, seconds per image.

python benchmarks/direct_call.py [--layer patch_mean] [--images 16]
    [--backbone resnet50] [--gradient images]

A scorer with random weights scores images of 512 x 384 pixels: one by one as
`tfiqa.score` does, and as one batch; --gradient adds the gradient with respect to the
batch, of frozen weights or of weights that get gradients too. Memory is the peak of the
process so far, which never falls from line to line.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags

from tfiqa import backbones
from tfiqa import layers
from tfiqa import models
from tfiqa.scoring.scorer import predictor

RANGE = (0.0, 100.0)


def of_layer(name: str, backbone: str) -> keras.Model:
    """Returns the scorer around a layer of `tfiqa.layers`, with random weights."""
    if name in WHOLE:
        return WHOLE[name](backbone)
    images = keras.Input((None, None, 3), name="images")
    features = LAYERS[name](backbone)(images)
    if len(features.shape) == 4:
        features = keras.layers.GlobalAveragePooling2D()(features)
    quality = keras.layers.Dense(1)(features)
    mos = layers.MOS(metadata={"mos_range": RANGE})
    return layers.Scorer(images, mos(quality, images))


def last_map(backbone: str) -> keras.Model:
    return backbones.build_trunk(backbone, None, normalized=False, seed=0)


def pooled(backbone: str) -> keras.Model:
    """Returns the model from crops to the means of the last map of a backbone."""
    crops = keras.Input((224, 224, 3))
    maps = last_map(backbone)(crops)
    return keras.Model(crops, keras.layers.GlobalAveragePooling2D()(maps))


# Methods as they are: HyperIQA, DB-CNN, which has a second trunk, and MUSIQ, which has
# no backbone.
WHOLE: dict[str, Callable[[str], keras.Model]] = {
    "patch_mean": lambda name: models.HyperIQA(backbone=name).scorer(mos_range=RANGE),
    "tile_mean": lambda name: models.DBCNN(backbone=name).scorer(mos_range=RANGE),
    "multiscale_tokens": lambda _: models.MUSIQ().scorer(mos_range=RANGE),
}
LAYERS: dict[str, Callable[[str], keras.layers.Layer]] = {
    "two_scales": lambda name: layers.TwoScales(last_map(name)),
    "map_statistics": lambda name: layers.MapStatistics(
        backbones.build_backbone(name, None)
    ),
    "patch_features": lambda name: layers.PatchFeatures(pooled(name), 224, 56),
}


def main(argv: list[str]) -> None:
    values = flags.FLAGS
    scorer = of_layer(values.layer, values.backbone)
    coarse = np.random.default_rng(0).integers(0, 256, (values.images, 48, 64, 3))
    images = np.repeat(np.repeat(coarse, 8, 1), 8, 2).astype("uint8")
    floats = tf.constant(images, tf.float32)
    predict = predictor(scorer)
    base = megabytes("VmRSS")
    print(f"{base:>8.0f} MB  the process with the model and {len(images)} images")
    report("score, one by one", base, lambda: [predict(image) for image in images])
    report("one batch", base, lambda: scorer(floats))
    one_by_one = [predict(image) for image in images[:2]]
    equal = np.array_equal(
        np.ravel(scorer(floats[:2])), np.asarray(one_by_one, "float32")
    )
    print(f"the same, bit for bit: {equal}")
    if values.gradient:
        scorer.trainable = values.gradient == "weights"
        report("its gradient", base, lambda: gradient(scorer, floats))


def gradient(scorer, images):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(images)
        total = tf.reduce_sum(scorer(images))
    return tape.gradient(total, images)


def report(name: str, base: float, run: Callable[[], object]) -> None:
    """Prints the peak memory above the base, and the times of a second run."""
    run()  # The first call traces.
    clock, processor = time.perf_counter(), time.process_time()
    run()
    count = flags.FLAGS.images
    clock = (time.perf_counter() - clock) / count
    processor = (time.process_time() - processor) / count
    peak = megabytes("VmHWM") - base
    print(
        f"+{peak:>7.0f} MB {clock:7.2f} s {processor:7.2f} s CPU an image  {name}",
        flush=True,
    )


def megabytes(name: str) -> float:
    """Returns an entry of this process's memory status on Linux, in megabytes."""
    text = Path("/proc", str(os.getpid()), "status").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024 / 1e6


if __name__ == "__main__":
    flags.DEFINE_enum("layer", "patch_mean", [*WHOLE, *LAYERS], "Layer of the scorer.")
    flags.DEFINE_integer("images", 16, "Images in the batch.", lower_bound=2)
    flags.DEFINE_string("backbone", "resnet50", "Backbone of the scorer.")
    flags.DEFINE_enum(
        "gradient", None, ["images", "weights"], "What else to measure, slowly."
    )
    app.run(main)
