"""A scorer's quality as a loss, for models that produce images."""

import contextlib
from collections.abc import Iterator

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class QualityLoss(keras.losses.Loss):
    """Measures how far images are from the best quality, according to a scorer.

    0 is the best and 1 the worst score of the range that the scorer was trained on; the
    loss continues beyond both. Its gradient by the pixels is that of the scorer. A flat
    image, which has no score, counts as the worst and has no gradient. Do not use this
    loss alone: images that please only the scorer are easy to find. Combine it with one
    that preserves the content.

    Args:
        scorer: `keras.Model` of `tfiqa.load_scorer`; its weights are not trained. Its
            layers must be differentiable. Those of NIQE and IL-NIQE are not: they round
            to integer levels, and look up shapes in a grid.
        largest: Value of white: 255 for images in `[0, 255]`, 1 for `[0, 1]`.

    Call arguments:
        y_true: Ignored; any tensor with as many images.
        y_pred: `(batch, height, width, 3)`, RGB in `[0, largest]`.
    """

    def __init__(self, scorer, largest=255.0, name="quality_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        if not largest > 0:
            raise ValueError(f"`largest` must be above 0. Received: largest={largest}")
        self.worst, self.best = map(float, _range_of(scorer))
        self.scorer = scorer
        self.largest = float(largest)

    def call(self, y_true, y_pred):
        levels = ops.cast(y_pred, "float32") * (255.0 / self.largest)
        with _frozen(self.scorer):
            mos = ops.squeeze(self.scorer(levels, training=False), axis=-1)
        flat = ops.isnan(mos)
        # Replaced before any arithmetic: the gradient of a NaN would spoil all others.
        quality = (ops.where(flat, self.worst, mos) - self.worst) / (
            self.best - self.worst
        )
        return 1.0 - quality

    def get_config(self):
        return {
            **super().get_config(),
            "scorer": keras.saving.serialize_keras_object(self.scorer),
            "largest": self.largest,
        }

    @classmethod
    def from_config(cls, config):
        scorer = keras.saving.deserialize_keras_object(config["scorer"])
        return cls(**{**config, "scorer": scorer})


@contextlib.contextmanager
def _frozen(model: keras.Model) -> Iterator[None]:
    """Freezes the weights of a model within a `with` block.

    The gradient of a `layers.Scorer` called within the block does not reach its
    weights, even if it is taken later, which saves the time and memory of theirs.
    """
    trained = model.trainable_variables
    for variable in trained:
        variable.trainable = False
    try:
        yield
    finally:
        for variable in trained:
            variable.trainable = True


def _range_of(scorer):
    """Returns the range of the MOS; checks that the scorer is differentiable."""
    metadata = {}
    if isinstance(scorer, keras.Model) and scorer.layers:
        metadata = getattr(scorer.layers[-1], "metadata", metadata)
    if "mos_range" not in metadata:
        raise ValueError(
            "`scorer` must be a scorer of `tfiqa.load_scorer`. "
            f"Received: scorer={scorer!r}"
        )
    for layer in scorer.layers:
        if not getattr(layer, "differentiable", True):
            raise ValueError(
                "`scorer` must be differentiable in the pixels. Received: one whose "
                f"layer {layer.name!r}, of {type(layer).__name__}, is not"
            )
    return metadata["mos_range"]
