"""HyperIQA on a frozen trunk, whose maps are computed once.

maps of `backbones.build_pooled` -> standardized -> local branches, hyper network,
target network -> content vector and quality
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfiqa.models.hyperiqa_network import REDUCTION
from tfiqa.models.hyperiqa_network import content_and_quality


def build_head(
    shapes: Sequence[tuple[int, ...]],
    standards: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    multi_scale: bool = True,
    hyper: bool = True,
    content_length: int = 224,
    reduction: Sequence[int] = REDUCTION,
    hyper_channels: int = 112,
    hidden: Sequence[int] = (112, 56, 28, 14),
) -> keras.Model:
    """Returns the model from maps of a trunk to content vectors and qualities.

    Args:
        shapes: Shape `(rows, columns, channels)` of each map of `build_pooled`.
        standards: Mean and deviation of each channel, for each map.
        multi_scale: See `tfiqa.models.HyperIQA`, as for all that follow.
        hyper: See there.
        content_length: See there.
        reduction: See there.
        hyper_channels: See there.
        hidden: See there.
    """
    maps = [keras.Input(shape, name=f"map_{i}") for i, shape in enumerate(shapes, 1)]
    standardized = [
        keras.layers.Rescaling(
            _plain(1 / deviation), _plain(-mean / deviation), name=f"standard_{i}"
        )(one)
        for i, (one, (mean, deviation)) in enumerate(
            zip(maps, standards, strict=True), start=1
        )
    ]
    outputs = content_and_quality(
        standardized,
        (*(1 for _ in maps[:-1]), shapes[-1][0]),
        multi_scale=multi_scale,
        content_length=content_length,
        convolutions=(*reduction, hyper_channels) if hyper else None,
        hidden=hidden,
    )
    return keras.Model(maps, outputs, name="hyperiqa_head")


def on_trunk(trunk: keras.Model, head: keras.Model) -> keras.Model:
    """Returns the model from crops to content vectors and qualities.

    Args:
        trunk: Model of `backbones.build_pooled`.
        head: Model of `build_head` for its maps.
    """
    crops = keras.Input(trunk.input_shape[1:], name="crops")
    return keras.Model(crops, head(trunk(crops)), name="hyperiqa")


def build_trainee(head: keras.Model, *, dropout: float = 0.0) -> keras.Model:
    """Returns the model from flat maps `(crops, d)` to qualities.

    It shares the weights of `head`; `flat` makes its input.

    Args:
        head: Model of `build_head`.
        dropout: Share of the channels of standardized maps that training drops.
    """
    shapes = [one.shape[1:] for one in head.inputs]
    lengths = [int(np.prod(shape)) for shape in shapes]
    values = keras.Input((sum(lengths),), dtype="float16", name="maps")
    parts = ops.split(ops.cast(values, "float32"), np.cumsum(lengths)[:-1], axis=1)
    maps = [
        ops.reshape(part, (-1, *shape))
        for part, shape in zip(parts, shapes, strict=True)
    ]
    standards = [head.get_layer(f"standard_{i}") for i in range(1, len(maps) + 1)]
    after = keras.Model([layer.output for layer in standards], head.output)
    dropped = [
        keras.layers.SpatialDropout2D(dropout, data_format="channels_last")(layer(one))
        for layer, one in zip(standards, maps, strict=True)
    ]
    return keras.Model(values, after(dropped)[:, -1:], name="hyperiqa_trainee")


def flat(maps: Sequence[np.ndarray]) -> np.ndarray:
    """Returns the maps of crops one after the other, `(crops, d)`."""
    return np.concatenate([one.reshape(len(one), -1) for one in maps], axis=1)


def _plain(values: np.ndarray) -> list[float]:
    """Returns numbers that a file of a few kilobytes holds."""
    return [float(f"{value:.6g}") for value in values]
