"""The comparison that every export must pass: of scores, or of features."""

from collections.abc import Sequence

import keras

from tfiqa.export import feature_parity
from tfiqa.export import parity
from tfiqa.export.feature_parity import FeatureParity
from tfiqa.export.module import is_encoder
from tfiqa.export.parity import Bar
from tfiqa.export.parity import Example
from tfiqa.export.parity import Parity
from tfiqa.export.parity import Run


def verify(
    model: keras.Model,
    *runs: Run,
    images: Sequence[Example],
    bar: Bar,
    megabytes: float = 0.0,
    allow_disagreement: bool = False,
) -> Parity | FeatureParity:
    """Compares an export with its model; see `parity.verify`.

    The exports of encoders are compared by `feature_parity.verify`.
    """
    check = feature_parity.verify if is_encoder(model) else parity.verify
    return check(
        model,
        *runs,
        images=images,
        bar=bar,
        megabytes=megabytes,
        allow_disagreement=allow_disagreement,
    )
