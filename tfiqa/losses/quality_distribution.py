"""A loss on distributions of quality over anchors, as PQR learns them."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class SoftLabelCrossEntropy(keras.losses.Loss):
    """Cross-entropy of predicted distributions over anchors with those of scores.

    Args:
        anchors: Scores of the anchors, `(k,)`.
        sharpness: See `soft_labels`.
        name: See `keras.losses.Loss`.

    Call arguments:
        y_true: Scores `(batch, 1)`.
        y_pred: Logits `(batch, k)`.

    Reference: Zeng, Zhang & Bovik, "A probabilistic quality representation approach to
    deep blind image quality prediction", arXiv:1708.08190, 2017.
    """

    def __init__(
        self, anchors, sharpness=64.0, name="soft_label_cross_entropy", **kwargs
    ):
        super().__init__(name=name, **kwargs)
        if len(anchors) < 2 or not sharpness > 0:
            raise ValueError(
                "`anchors` must be at least 2 scores and `sharpness` above 0. "
                f"Received: anchors={anchors}, sharpness={sharpness}"
            )
        self.anchors = [float(anchor) for anchor in anchors]
        self.sharpness = float(sharpness)

    def call(self, y_true, y_pred):
        labels = soft_labels(y_true, self.anchors, self.sharpness)
        logits = ops.cast(y_pred, "float32")
        return -ops.sum(labels * ops.log_softmax(logits, axis=-1), axis=-1)

    def get_config(self):
        return {
            **super().get_config(),
            "anchors": self.anchors,
            "sharpness": self.sharpness,
        }


def soft_labels(scores, anchors, sharpness=64.0):
    """Returns the distribution of each score over anchors, float32 `(batch, k)`.

    The probability of an anchor `a` is proportional to
    `exp(-sharpness * (score - a) ** 2)`.

    Args:
        scores: `(batch, 1)`, in the units of the anchors.
        anchors: `(k,)`.
        sharpness: The larger, the more a distribution concentrates on the nearest
            anchor. The paper's 64 is for scores in `[0, 1]`.
    """
    distances = ops.cast(scores, "float32") - ops.convert_to_tensor(anchors, "float32")
    return ops.softmax(-sharpness * distances**2, axis=-1)
