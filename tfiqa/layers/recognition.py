"""Probabilities of named kinds, of which one stands for "cannot know"."""

import keras

# The kinds that are no distortion: a picture without any to speak of, and one of which
# nobody can know, since what it was before is unknown.
NONE = "none"
UNKNOWN = "unknown"


@keras.saving.register_keras_serializable(package="tfiqa")
class Recognition(keras.layers.Layer):
    """Turns logits into probabilities of distortions, and knows their names.

    Args:
        names: Of the kinds, in the order of the logits: types of the bank, `none` and
            `unknown`.
        groups: Of these, equally many; kinds of one group are akin.
        temperature: What logits are divided by, so that probabilities are calibrated.

    Call arguments:
        logits: `(batch, kinds)`.

    Output:
        float32 `(batch, kinds)`, rows sum to 1.
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
