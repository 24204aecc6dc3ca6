"""A recognizer, from the features of a frozen trunk to the kind of distortion."""

import keras
import numpy as np

from tfiqa.distortions import DISTORTIONS
from tfiqa.layers.recognition import NONE
from tfiqa.layers.recognition import UNKNOWN
from tfiqa.layers.recognition import Recognition
from tfiqa.layers.standardized_dense import StandardizedDense
from tfiqa.regression.standardization import Standardization

# The kinds that a recognizer distinguishes, and their groups.
KINDS = (*DISTORTIONS, NONE, UNKNOWN)
GROUPS = (*(row.group for row in DISTORTIONS.values()), NONE, UNKNOWN)


def build_trainee(length: int, hidden: int, *, dropout: float) -> keras.Model:
    """Returns the network that is trained, from standardized features to logits."""
    features = keras.Input((length,), name="standardized")
    x = keras.layers.Dropout(dropout)(features)
    x = keras.layers.Dense(hidden, activation="gelu", name="hidden")(x)
    x = keras.layers.Dropout(dropout)(x)
    return keras.Model(features, keras.layers.Dense(len(KINDS), name="logits")(x))


def build_recognizer(
    trained: keras.Model, standard: Standardization, temperature: float
) -> keras.Model:
    """Returns the recognizer, from features `(batch, d)` to probabilities.

    Args:
        trained: Trained model from `build_trainee`.
        standard: Standardization of the features.
        temperature: See `layers.Recognition`.
    """
    kernel, bias = map(np.asarray, trained.get_layer("hidden").get_weights())
    features = keras.Input((len(kernel),), name="features")
    hidden = StandardizedDense(bias.size, standard.limit, name="hidden")
    logits = keras.layers.Dense(len(KINDS), name="logits")
    outputs = logits(hidden(features))
    hidden.set_statistics(standard.mean, standard.deviation, kernel, bias)
    logits.set_weights(trained.get_layer("logits").get_weights())
    kinds = Recognition(KINDS, GROUPS, temperature, name="kinds")(outputs)
    return keras.Model(features, kinds, name="recognizer")
