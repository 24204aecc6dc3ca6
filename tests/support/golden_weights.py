"""Weights that are drawn by a recipe instead of being stored.

The arrays of a checkpoint are walked in its order; the counter of an array seeds its
draw. Networks with such weights have been run by the authors' code.
"""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

import numpy as np


def normalization(prefix: str) -> list[str]:
    """The arrays of a batch normalisation, in a checkpoint's order."""
    parts = ("weight", "bias", "running_mean", "running_var")
    return [f"{prefix}.{part}" for part in parts]


def resnet50_names(stem: str, stem_norm: str, stack: Callable[[int], str]) -> list[str]:
    """The arrays of a ResNet-50, in a checkpoint's order.

    Args:
        stem: Name of the first convolution.
        stem_norm: Name of its normalisation.
        stack: From the number of a stack, 1 to 4, to its name.
    """
    names = [f"{stem}.weight", *normalization(stem_norm)]
    for number, blocks in enumerate((3, 4, 6, 3), start=1):
        for block in range(blocks):
            prefix = f"{stack(number)}.{block}"
            for index in (1, 2, 3):
                names.append(f"{prefix}.conv{index}.weight")
                names += normalization(f"{prefix}.bn{index}")
            if block == 0:
                names.append(f"{prefix}.downsample.0.weight")
                names += normalization(f"{prefix}.downsample.1")
    return names


def golden_arrays(
    names: Iterable[str],
    shapes: Mapping[str, tuple[int, ...]],
    gain: Callable[[str], float],
) -> dict[str, np.ndarray]:
    """Draws the arrays; `gain` tells the variance of a kernel times its fan-in."""
    arrays = {}
    for index, name in enumerate(names):
        shape = shapes[name]
        draw = np.random.RandomState(1000 + index).standard_normal(shape)
        if name.endswith("running_mean"):
            draw = 0.1 * draw
        elif name.endswith("running_var"):
            draw = 1 + 0.1 * np.abs(draw)
        elif name.endswith("weight") and len(shape) == 1:
            draw = 0.5 + 0.1 * draw
        elif name.endswith("bias"):
            draw = 0.05 * draw
        else:
            draw = draw * np.sqrt(gain(name) / np.prod(shape[1:]))
        arrays[name] = draw.astype("float32")
    return arrays
