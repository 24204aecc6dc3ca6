"""Divides a dataset into training, validation and test rows by reference content.

All versions of a reference content are in the same part, so no content is in both the
training and the test part. A seed draws the contents from their sorted names; the order
of the rows does not matter. Shares are shares of contents, and each part gets at least
one. Rows are returned as ascending row indices, int64.
"""

from collections.abc import Sequence

import numpy as np

# Shares of the contents for validation and test; the rest is for training.
VALIDATION, TEST = 0.1, 0.2

# Results are medians over these (Su et al., 2020, "HyperIQA", section 4.2: ten times).
SEEDS = range(10)


def contents_of(ids: np.ndarray, references: np.ndarray | None) -> np.ndarray:
    """Returns the reference content of each row, text `(n,)`.

    Args:
        ids: Text `(n,)`, the names of the images.
        references: Text `(n,)`, the names of their references, empty for an image
            without one; or `None`.

    Returns:
        The name of the reference, or of the image itself if it has none.
    """
    return ids if references is None else np.where(references == "", ids, references)


def three_way(
    references: Sequence[str] | np.ndarray, *, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns the rows for training (70 %), validation (10 %) and test (20 %).

    Args:
        references: Content of each row.
        seed: 0 or more; results are reported for `SEEDS`.

    Raises:
        ValueError: If there are fewer than 3 contents.
    """
    contents = _shuffled_contents(references, seed=seed, at_least=3)
    tests = max(1, round(TEST * len(contents)))
    validations = max(1, round(VALIDATION * len(contents)))
    return (
        _rows_of(contents[tests + validations :], references),
        _rows_of(contents[tests : tests + validations], references),
        _rows_of(contents[:tests], references),
    )


def two_way(
    references: Sequence[str] | np.ndarray, *, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the rows for training (7/8) and validation (1/8).

    It divides an official training part as `three_way` divides all but the test part.

    Args:
        references: Content of each row.
        seed: 0 or more; results are reported for `SEEDS`.

    Raises:
        ValueError: If there are fewer than 2 contents.
    """
    contents = _shuffled_contents(references, seed=seed, at_least=2)
    validations = max(1, round(VALIDATION / (1 - TEST) * len(contents)))
    return (
        _rows_of(contents[validations:], references),
        _rows_of(contents[:validations], references),
    )


def folds(
    references: Sequence[str] | np.ndarray, *, count: int, seed: int
) -> list[np.ndarray]:
    """Returns the rows of each of `count` parts with about equally many contents.

    Args:
        references: Content of each row.
        count: Number of parts, at least 2.
        seed: 0 or more.

    Raises:
        ValueError: If there are fewer contents than parts.
    """
    contents = _shuffled_contents(references, seed=seed, at_least=count)
    return [_rows_of(part, references) for part in np.array_split(contents, count)]


def _shuffled_contents(
    references: Sequence[str] | np.ndarray, *, seed: int, at_least: int
) -> np.ndarray:
    if seed < 0:
        raise ValueError(f"A seed of 0 or more is expected. Received: seed={seed}")
    contents = np.unique(np.asarray(references, dtype=np.str_))
    if len(contents) < at_least:
        raise ValueError(
            f"At least {at_least} reference contents are expected, to divide them. "
            f"Received: {len(references)} images of {len(contents)} contents"
        )
    return np.random.default_rng(seed).permutation(contents)


def _rows_of(
    contents: np.ndarray, references: Sequence[str] | np.ndarray
) -> np.ndarray:
    return np.flatnonzero(np.isin(np.asarray(references, dtype=np.str_), contents))
