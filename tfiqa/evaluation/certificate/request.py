"""The request for certificates; importing this loads neither NumPy nor Keras."""

import dataclasses
import os
from collections.abc import Sequence

# Scenes by default: a preset takes about two minutes of processor time or less.
SCENES = 3

PathLike = str | os.PathLike[str]


@dataclasses.dataclass(frozen=True)
class CertificateRequest:
    """Scorers to certify, and on what.

    Attributes:
        scorers: `.keras` files or names of presets.
        scenes: Number of scenes without distortions, 1 or more. Each has 139 versions.
        pristine: Folder of photographs without distortions; scenes are generated when
            None.
        goldens: CSV file with scores of the reference implementation of a port, with
            the columns `path` and `score`, for a single scorer.
        seed: Seed of scenes, distortions and traps, 0 or more.
        write: Whether certificates are written into the files of the scorers, and into
            the cards beside them.

    Raises:
        ValueError: If a value is not allowed.
    """

    scorers: Sequence[PathLike]
    scenes: int = SCENES
    pristine: PathLike | None = None
    goldens: PathLike | None = None
    seed: int = 0
    write: bool = False

    def __post_init__(self):
        if not self.scorers:
            raise ValueError("At least one scorer is expected. Received: none")
        if len({os.fspath(one) for one in self.scorers}) < len(self.scorers):
            raise ValueError(
                f"Each scorer is expected once. Received: {list(self.scorers)}"
            )
        for name, least in (("scenes", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"`{name}` must be at least {least}. "
                    f"Received: {name}={getattr(self, name)}"
                )
        if self.goldens is not None and len(self.scorers) > 1:
            raise ValueError(
                "`goldens` are for a single scorer. "
                f"Received: {len(self.scorers)} scorers"
            )
