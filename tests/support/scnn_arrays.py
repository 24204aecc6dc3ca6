"""Seeded weights of DB-CNN's networks, by the names of the port to PyTorch."""

import numpy as np

from tests.support.golden_weights import golden_arrays
from tests.support.golden_weights import normalization

CHANNELS = (3, 48, 48, 64, 64, 64, 64, 128, 128, 128)
VGG_CHANNELS = (64, 64, 128, 128, *(256,) * 3, *(512,) * 6)
VGG_INDICES = (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)


def scnn_arrays(*, statistics, prefix="features.", head=True):
    """Returns the arrays of an S-CNN, with or without batch normalization."""
    step, shapes = (3 if statistics else 2), {}
    for index in range(9):
        kernel = (CHANNELS[index + 1], CHANNELS[index], 3, 3)
        _add(shapes, f"{prefix}{step * index}", kernel)
        if statistics:
            _add_statistics(shapes, f"{prefix}{3 * index + 1}", kernel[0])
    if head:
        for index, inputs in enumerate((128, 256)):
            _add(shapes, f"projection.{step * index}", (256, inputs, 1, 1))
            if statistics:
                _add_statistics(shapes, f"projection.{3 * index + 1}", 256)
        _add(shapes, "classifier", (39, 256))
    return golden_arrays(shapes, shapes, lambda name: 2.0)


def db_cnn_arrays():
    """Returns the arrays of a complete network of the port."""
    shapes, inputs = {}, 3
    for index, depth in zip(VGG_INDICES, VGG_CHANNELS, strict=True):
        _add(shapes, f"features1.{index}", (depth, inputs, 3, 3))
        inputs = depth
    content = golden_arrays(shapes, shapes, lambda name: 2.0)
    distortion = scnn_arrays(statistics=True, prefix="features2.", head=False)
    kernel = np.random.RandomState(1).standard_normal((1, 512 * 128))
    head = {"fc.weight": kernel.astype("float32"), "fc.bias": np.array([3.5], "f")}
    return {**content, **distortion, **head}


def _add(shapes, name, kernel):
    shapes[f"{name}.weight"], shapes[f"{name}.bias"] = kernel, kernel[:1]


def _add_statistics(shapes, name, depth):
    shapes.update(dict.fromkeys(normalization(name), (depth,)))
