"""Reference, type and level of distorted images, as a prepared dataset stores them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

_UNKNOWN_LEVEL = -1


@dataclasses.dataclass(frozen=True, eq=False)
class StoredVersions:
    """What was done to each image of a dataset.

    Attributes:
        dataset: Name of the dataset without its configuration; strengths of levels
            differ between datasets.
        types: Type of the distortion of each image; "" if it is undistorted.
        levels: int, level of each image, from 1; -1 if it is unknown.
        references: Name of the reference image of each image.
    """

    dataset: str
    types: np.ndarray
    levels: np.ndarray
    references: np.ndarray

    @property
    def are_distorted(self) -> bool:
        """Whether any image is distorted on purpose."""
        return bool((self.types != "").any())

    def of(self, rows: np.ndarray) -> StoredVersions:
        """Returns those of some images."""
        return dataclasses.replace(
            self,
            types=self.types[rows],
            levels=self.levels[rows],
            references=self.references[rows],
        )


def of_columns(
    name: str,
    types: np.ndarray | None,
    levels: np.ndarray | None,
    references: np.ndarray,
) -> StoredVersions | None:
    """Returns the stored versions of a dataset; None if it has no types.

    Args:
        name: Name of the dataset.
        types: Column `distortion`, if there is one.
        levels: Column `level`, if there is one.
        references: Name of the reference of each image.
    """
    if types is None:
        return None
    if levels is None:
        levels = np.full(len(types), _UNKNOWN_LEVEL)
    return StoredVersions(name.partition("/")[0], types, levels, references)


def concatenated(parts: Sequence[StoredVersions | None]) -> StoredVersions | None:
    """Returns the versions of parts of one dataset, one part after the other."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    types = np.concatenate([part.types for part in known])
    levels = np.concatenate([part.levels for part in known])
    references = np.concatenate([part.references for part in known])
    return dataclasses.replace(
        known[0], types=types, levels=levels, references=references
    )
