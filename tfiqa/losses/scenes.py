"""Contrast between the distorted versions of one scene."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class SceneContrast(keras.losses.Loss):
    """Separates the versions of a scene, given two views of each.

    The positive of a version is its own other view; the negatives are the other
    versions of the same scene in that other view. Scenes are not compared.

    Args:
        temperature: Divides the cosines.
        parts: Number of equal parts of the features. Each part has its own contrast,
            and the contrasts are added.
        name: See `keras.losses.Loss`.
        reduction: See `keras.losses.Loss`.

    Call arguments:
        y_true: Ignored.
        y_pred: Features `(scenes, versions, 2, d)`.

    Reference: "No Reference Opinion Unaware Quality Assessment of Authentically
    Distorted Images", WACV 2023, the pre-training on synthetic distortions.
    """

    def __init__(self, temperature=0.1, parts=1, name="scene_contrast", **kwargs):
        super().__init__(name=name, **kwargs)
        self.temperature = temperature
        self.parts = parts

    def call(self, y_true, y_pred):
        features = ops.split(y_pred, self.parts, axis=-1)
        return sum(scene_contrast(part, self.temperature) for part in features)

    def get_config(self):
        return {
            **super().get_config(),
            "temperature": self.temperature,
            "parts": self.parts,
        }


def scene_contrast(features, temperature=0.1):
    """Returns the contrast of each scene, `(scenes,)`, lower is better.

    It is the sum of both directions: the first view as anchor, and the second.

    Args:
        features: `(scenes, versions, 2, d)`: two views of each version of a scene.
        temperature: Divides the cosines.
    """
    lengths = ops.sqrt(ops.sum(ops.square(features), axis=-1, keepdims=True))
    unit = features / ops.maximum(lengths, 1e-8)
    similarity = unit[:, :, 0] @ ops.transpose(unit[:, :, 1], (0, 2, 1)) / temperature
    own = ops.diagonal(similarity, axis1=1, axis2=2)
    forth = ops.mean(ops.logsumexp(similarity, axis=2) - own, axis=1)
    back = ops.mean(ops.logsumexp(similarity, axis=1) - own, axis=1)
    return forth + back
