"""Readers of libsvm's text files: models of support vector regression, and ranges."""

from collections.abc import Iterable

import numpy as np

from tfiqa.regression.support_vectors import Scaling
from tfiqa.regression.support_vectors import SupportVectorMachine
from tfiqa.regression.support_vectors import scaling_of

EXPECTED = {"svm_type": ("epsilon_svr", "nu_svr"), "kernel_type": ("rbf",)}


def is_model(text: str) -> bool:
    """Returns whether a text begins as libsvm's models do."""
    return text.startswith("svm_type ")


def parse_model(text: str, features: int) -> SupportVectorMachine:
    """Returns the regression that `svm-train` wrote.

    Args:
        text: Content of the file.
        features: Length of a feature vector.

    Raises:
        ValueError: If the text is not such a model.
    """
    head, separator, body = text.partition("\nSV\n")
    if not separator:
        raise ValueError(
            "A text model of libsvm is expected, with a line `SV` before its support "
            f"vectors. Received: a text that begins with {text[:40]!r}"
        )
    header = dict(line.split(None, 1) for line in head.splitlines() if " " in line)
    for name, allowed in EXPECTED.items():
        if header.get(name) not in allowed:
            raise ValueError(
                f"`{name}` must be one of {', '.join(allowed)}. "
                f"Received: {name} {header.get(name)}"
            )
    rows = [line.split() for line in body.splitlines() if line.strip()]
    try:
        coefficients = np.array([float(row[0]) for row in rows])
        vectors = _dense((row[1:] for row in rows), len(rows), features)
        gamma, rho = float(header["gamma"]), float(header["rho"])
        total = int(header["total_sv"])
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(
            f"A model of {features} features is expected, one `index:value` each. "
            f"Received: {type(error).__name__}: {error}"
        ) from error
    if len(rows) != total:
        raise ValueError(
            f"{total} support vectors are expected, as `total_sv` says. "
            f"Received: {len(rows)}"
        )
    return SupportVectorMachine(vectors, coefficients, -rho, gamma)


def parse_ranges(text: str, features: int) -> Scaling:
    """Returns the scaling of features that `svm-scale` wrote.

    Features that the text omits are constant, and become 0.

    Raises:
        ValueError: If the text holds no feature ranges.
    """
    lines = text.split("\n")
    try:
        start = lines.index("x")
        lower, upper = map(float, lines[start + 1].split())
        least, most = np.zeros(features), np.zeros(features)
        for line in filter(None, lines[start + 2 :]):
            index, first, last = line.split()
            least[int(index) - 1], most[int(index) - 1] = float(first), float(last)
    except (ValueError, IndexError) as error:
        raise ValueError(
            "Ranges as `svm-scale` writes them are expected: `x`, the lower and the "
            f"upper end, and `index least most` of up to {features} features. "
            f"Received: {type(error).__name__}: {error}"
        ) from error
    return scaling_of(least, most, lower=lower, upper=upper)


def _dense(rows: Iterable[list[str]], count: int, features: int) -> np.ndarray:
    vectors = np.zeros((count, features))
    for row, entries in enumerate(rows):
        for entry in entries:
            index, value = entry.split(":")
            vectors[row, int(index) - 1] = float(value)
    return vectors
