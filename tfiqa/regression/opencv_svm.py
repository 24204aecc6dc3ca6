"""Readers of OpenCV's YAML files: support vector regression, and ranges of features.

Only the few entries that these files hold are read, without a YAML parser.
"""

import re

import numpy as np

from tfiqa.regression.support_vectors import Scaling
from tfiqa.regression.support_vectors import SupportVectorMachine
from tfiqa.regression.support_vectors import scaling_of

MODELS = ("EPS_SVR", "NU_SVR")


def is_yaml(text: str) -> bool:
    """Returns whether a text begins as OpenCV's YAML files do."""
    return text.startswith("%YAML")


def parse_model(text: str, features: int) -> SupportVectorMachine:
    """Returns the regression that `cv::ml::SVM` wrote.

    Args:
        text: Content of the file.
        features: Length of a feature vector.

    Raises:
        ValueError: If the text is not such a model.
    """
    kind, kernel = _word(text, "svmType"), _word(text, "type")
    if kind not in MODELS or kernel != "RBF":
        raise ValueError(
            f"A model of OpenCV with svmType {' or '.join(MODELS)} and kernel RBF is "
            f"expected. Received: svmType {kind}, kernel {kernel}"
        )
    vectors = text.partition("support_vectors:")[2].partition("decision_functions:")[0]
    rows = [_numbers(row) for row in re.findall(r"\[([^]]*)\]", vectors)]
    coefficients = np.array(_numbers(_list(text, "alpha")))
    order = re.search(r"index:\s*\[([^]]*)\]", text)
    if order is not None:
        rows = [rows[int(index)] for index in _numbers(order.group(1))]
    if not rows or {len(row) for row in rows} != {features}:
        raise ValueError(
            f"Support vectors of {features} numbers are expected. Received: "
            f"{len(rows)} of {sorted({len(row) for row in rows})}"
        )
    if len(coefficients) != len(rows):
        raise ValueError(
            "One coefficient for each support vector is expected. "
            f"Received: {len(coefficients)} for {len(rows)}"
        )
    bias, gamma = -_number(text, "rho"), _number(text, "gamma")
    return SupportVectorMachine(np.array(rows), coefficients, bias, gamma)


def parse_ranges(text: str, features: int) -> Scaling:
    """Returns the scaling to [-1, 1] by a matrix of minima and maxima.

    Raises:
        ValueError: If the text is not such a matrix.
    """
    values = _numbers(_list(text, "data"))
    if len(values) != 2 * features:
        raise ValueError(
            f"A matrix `range` of 2 rows and {features} columns is expected. "
            f"Received: {len(values)} numbers"
        )
    return scaling_of(*np.array(values).reshape(2, features))


def _word(text: str, name: str) -> str | None:
    match = re.search(rf"\b{name}:\s*(\w+)", text)
    return match and match.group(1)


def _number(text: str, name: str) -> float:
    match = re.search(rf"\b{name}:\s*(\S+)", text)
    if match is None:
        raise ValueError(f"A number `{name}` is expected. Received: none")
    return float(match.group(1))


def _list(text: str, name: str) -> str:
    match = re.search(rf"\b{name}:\s*\[([^]]*)\]", text)
    if match is None:
        raise ValueError(f"A list `{name}` is expected. Received: none")
    return match.group(1)


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.replace(",", " ").split()]
