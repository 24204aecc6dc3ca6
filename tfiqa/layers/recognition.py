"""Probabilities of kinds of distortions, including "none" and "unknown"."""

import keras

# Kinds that are not distortions: an image without visible ones, and an image whose
# distortions cannot be known, since its original is unknown.
NONE = "none"
UNKNOWN = "unknown"


@keras.saving.register_keras_serializable(package="tfiqa")
class Recognition(keras.layers.Layer):
    """Turns logits into probabilities of kinds of distortions, and holds their names.

    Args:
        names: Names of the kinds, in the order of the logits: types of the bank, `none`
            and `unknown`.
        groups: Group of each kind; kinds of one group are related.
        temperature: Divisor of the logits that calibrates the probabilities.

    Call arguments:
        logits: `(batch, kinds)`.

    Output:
        float32 `(batch, kinds)`; rows sum to 1.
    """

    def __init__(self, names, groups, temperature=1.0, **kwargs):
        super().__init__(**{**kwargs, "dtype": "float32"})
        if not temperature > 0 or len(names) != len(groups):
            raise ValueError(
                "`temperature` must be above 0, and there must be as many groups as "
                f"names. Received: temperature={temperature}, {len(names)} names, "
                f"{len(groups)} groups"
            )
        self.names = list(names)
        self.groups = list(groups)
        self.temperature = float(temperature)

    def build(self, logits_shape):
        if logits_shape[-1] != len(self.names):
            raise ValueError(
                "As many logits as names are expected. Received: "
                f"{logits_shape[-1]} logits, {len(self.names)} names"
            )

    def call(self, logits):
        return keras.ops.softmax(logits / self.temperature, axis=-1)

    def compute_output_shape(self, logits_shape):
        return logits_shape

    def get_config(self):
        return {
            **super().get_config(),
            "names": self.names,
            "groups": self.groups,
            "temperature": self.temperature,
        }
