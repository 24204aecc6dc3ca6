"""The six regressors published with CONTRIQUE, read without running them.

They are pickles of scikit-learn's `Ridge`. A pickle is a program; it is never run here:
its instructions are only listed, and the two arrays are taken from the list.
"""

import dataclasses
import os
import pickletools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfiqa import __version__
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.models.contrique import build_reference_scorer
from tfiqa.models.contrique import build_scorer
from tfiqa.regression import LinearMap

FEATURES = 4096


@dataclasses.dataclass(frozen=True)
class Published:
    """The dataset that a published regressor was fitted to.

    Attributes:
        dataset: Name of the dataset.
        range: Range of its scores, as published.
        unit: Unit of its scores.
        higher_is_better: Direction of its scores.
        reference: Whether the regressor uses differences from a reference image.
    """

    dataset: str
    range: tuple[float, float]
    unit: str
    higher_is_better: bool = True
    reference: bool = False


_LIVE = Published("live", (-3.0, 112.0), "realigned DMOS", higher_is_better=False)
_CSIQ = Published("csiq", (0.0, 1.0), "DMOS, 0 to 1", higher_is_better=False)

# By the name of the file.
PUBLISHED = {
    "CLIVE": Published("clive", (0.0, 100.0), "MOS, 0 to 100"),
    "Koniq": Published("koniq10k", (0.0, 100.0), "MOS of z-scores, 0 to 100"),
    "LIVE": _LIVE,
    "CSIQ": _CSIQ,
    "LIVE_FR": dataclasses.replace(_LIVE, reference=True),
    "CSIQ_FR": dataclasses.replace(_CSIQ, reference=True),
}


def with_regressor(encoder: keras.Model, path: str | os.PathLike[str]) -> keras.Model:
    """Returns the scorer of an encoder and a published regressor.

    DMOS is turned, as in datasets: higher is better.

    Args:
        encoder: Encoder that `convert` returned.
        path: `NAME.save`, with one of the names in `PUBLISHED`.

    Raises:
        ValueError: If the name is unknown, the file holds no such regressor, or the
            encoder has other features.
    """
    path = Path(path)
    if encoder.output_shape[-1] != FEATURES:
        raise ValueError(
            f"An encoder of the {FEATURES} features of the published regressors is "
            f"expected. Received: {encoder.name!r} with {encoder.output_shape[-1]}"
        )
    if path.stem not in PUBLISHED:
        raise ValueError(
            f"One of the published files {', '.join(PUBLISHED)} (.save) is expected, "
            f"since the name determines what it predicts. Received: {path.name!r}"
        )
    published = PUBLISHED[path.stem]
    ridge = read_regressor(path)
    low, high = published.range
    unit = published.unit
    if not published.higher_is_better:
        ridge = LinearMap(-ridge.weights, low + high - ridge.bias)
        unit = f"turned {unit}"
    metadata = {
        "method": "contrique",
        "dataset": f"{published.dataset} (published regressor)",
        "mos_range": [low, high],
        "unit": unit,
        "min_side": MIN_SIDE,
        "version": __version__,
    }
    build = build_reference_scorer if published.reference else build_scorer
    return build(encoder, ridge, metadata)


def read_regressor(path: str | os.PathLike[str]) -> LinearMap:
    """Returns the weights and the intercept of a published file, unchanged.

    Raises:
        ValueError: If the file cannot be read, or is not a `Ridge` of 4096 features in
            single precision.
    """
    content = Path(path).read_bytes()
    try:
        listed = [(op.name, arg) for op, arg, _ in pickletools.genops(content)]
    except Exception as error:  # Broken files raise various errors.
        raise ValueError(f"{path} is not a readable pickle: {error}") from error
    texts = [str(arg) for name, arg in listed if "GLOBAL" in name or "UNICODE" in name]
    coefficients = [
        arg for _, arg in listed if isinstance(arg, bytes) and len(arg) == 4 * FEATURES
    ]
    intercepts = _after(listed, "intercept_")
    if (
        not any("Ridge" in text for text in texts)
        or len(coefficients) != 1
        or len(intercepts) != 1
    ):
        raise ValueError(
            f"A pickled Ridge of {FEATURES} features in single precision is expected. "
            f"Received: {path}, with {_description(listed)}"
        )
    weights = np.frombuffer(coefficients[0], "<f4").astype(np.float64)
    bias = float(np.frombuffer(intercepts[0], "<f4")[0])
    if not (np.isfinite(weights).all() and np.isfinite(bias)):
        raise ValueError(f"Finite numbers are expected in {path}. Received: others")
    return LinearMap(weights, bias)


def _description(listed: Sequence[tuple[str, Any]]) -> str:
    """Returns a description of a pickle: the classes it names, and its arrays."""
    texts = [str(arg) for name, arg in listed if "GLOBAL" in name]
    sizes = [f"{len(arg):,}" for _, arg in listed if isinstance(arg, bytes)]
    classes = ", ".join(dict.fromkeys(texts)) or "no class"
    return f"{classes} and {', '.join(sizes) or 'no'} bytes of numbers"


def _after(listed: Sequence[tuple[str, Any]], attribute: str) -> list[bytes]:
    """Returns the first four-byte value after the name of an attribute, if any."""
    names = [arg for _, arg in listed]
    if attribute not in names:
        return []
    later = names[names.index(attribute) :]
    return [arg for arg in later if isinstance(arg, bytes) and len(arg) == 4][:1]
