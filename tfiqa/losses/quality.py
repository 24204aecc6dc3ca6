"""The quality that a scorer sees in pictures, as a loss for whoever makes pictures."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class QualityLoss(keras.losses.Loss):
    """Tells how far pictures are from the best quality, as a scorer sees it.

    0 is the best and 1 the worst score of the range that the scorer was trained on;
    beyond, it goes on. The slope by the pixels is that of the scorer. A flat picture,
    which has no score, counts as the worst and has no slope. Alone, this loss is led
    astray: pictures that only a scorer likes are easy to find. Add it to one that
    keeps pictures what they are.

    Args:
        scorer: `keras.Model` of `tfiqa.load_scorer`; its weights are not trained.
            Its layers must have a slope: those of NIQE and IL-NIQE round to whole
            levels, and look shapes up in a grid.
        largest: White: 255 where pictures are in `[0, 255]`, 1 in `[0, 1]`.

    Call arguments:
        y_true: Not looked at; anything of as many pictures.
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
        mos = ops.squeeze(self.scorer(levels, training=False), axis=-1)
        flat = ops.isnan(mos)
        # First a number, then a choice: the slope of a NaN would spoil all others.
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


def _range_of(scorer):
    """Returns the range of the MOS, once the scorer is seen to be one with a slope."""
    told = {}
    if isinstance(scorer, keras.Model) and scorer.layers:
        told = getattr(scorer.layers[-1], "metadata", told)
    if "mos_range" not in told:
        raise ValueError(
            "`scorer` must be a scorer of `tfiqa.load_scorer`. "
            f"Received: scorer={scorer!r}"
        )
    for layer in scorer.layers:
        if not getattr(layer, "differentiable", True):
            raise ValueError(
                "`scorer` must have a slope by the pixels. Received: a scorer whose "
                f"layer {layer.name!r}, of {type(layer).__name__}, has none"
            )
    return told["mos_range"]
