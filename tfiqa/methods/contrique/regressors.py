"""The six regressors that were published with CONTRIQUE, read without running them.

They are pickles of scikit-learn's `Ridge`. A pickle is a program; this one is never
run: its instructions are only listed, and the two arrays are taken from among them.
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
from tfiqa.models.contrique import build_reference_scorer
from tfiqa.models.contrique import build_scorer
from tfiqa.regression import LinearMap

FEATURES = 4096


@dataclasses.dataclass(frozen=True)
class Published:
    """What a published regressor was learned from.

    Attributes:
        dataset: Name of the dataset.
        range: Of its scores, as they were published.
        unit: Of its scores.
        higher_is_better: Their direction.
        reference: Whether it reads differences from a reference picture.
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

    DMOS is turned around, as data are: higher is better.

    Args:
        encoder: Of `convert`.
        path: `NAME.save`, with one of the names in `PUBLISHED`.

    Raises:
        ValueError: Of another name, a file that holds no such regressor, or an encoder
            of other features.
    """
    path = Path(path)
    if encoder.output_shape[-1] != FEATURES:
        raise ValueError(
            f"An encoder of the {FEATURES} features that published regressors read is "
            f"expected. Received: {encoder.name!r} with {encoder.output_shape[-1]}"
        )
    if path.stem not in PUBLISHED:
        raise ValueError(
            f"One of the published files {', '.join(PUBLISHED)} (.save) is expected, "
            f"since its name tells what it predicts. Received: {path.name!r}"
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
        "min_side": 1,
        "version": __version__,
    }
    build = build_reference_scorer if published.reference else build_scorer
    return build(encoder, ridge, metadata)


def read_regressor(path: str | os.PathLike[str]) -> LinearMap:
    """Returns the weights and the intercept in a published file, as they are.

    Raises:
        ValueError: If the file cannot be read, or is no `Ridge` of 4096 features in
            single precision.
    """
    content = Path(path).read_bytes()
    try:
        listed = [(op.name, arg) for op, arg, _ in pickletools.genops(content)]
    except Exception as error:  # Broken files make it raise in many ways.
        raise ValueError(f"{path} is no readable pickle: {error}") from error
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
            f"Received: {path}, with {_told(listed)}"
        )
    weights = np.frombuffer(coefficients[0], "<f4").astype(np.float64)
    bias = float(np.frombuffer(intercepts[0], "<f4")[0])
    if not (np.isfinite(weights).all() and np.isfinite(bias)):
        raise ValueError(f"Finite numbers are expected in {path}. Received: others")
    return LinearMap(weights, bias)


def _told(listed: Sequence[tuple[str, Any]]) -> str:
    """Returns in words what a pickle holds: the classes it names, and its arrays."""
    texts = [str(arg) for name, arg in listed if "GLOBAL" in name]
    sizes = [f"{len(arg):,}" for _, arg in listed if isinstance(arg, bytes)]
    classes = ", ".join(dict.fromkeys(texts)) or "no class"
    return f"{classes} and {', '.join(sizes) or 'no'} bytes of numbers"


def _after(listed: Sequence[tuple[str, Any]], attribute: str) -> list[bytes]:
    """Returns the first value of four bytes after the name of an attribute, if any."""
    names = [arg for _, arg in listed]
    if attribute not in names:
        return []
    later = names[names.index(attribute) :]
    return [arg for arg in later if isinstance(arg, bytes) and len(arg) == 4][:1]
