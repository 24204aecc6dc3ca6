"""The request to fit a metric; importing this loads neither NumPy nor Keras."""

import dataclasses
import os
from collections.abc import Sequence

PathLike = str | os.PathLike[str]

FAMILIES = ("ridge", "svr", "mlp", "brisque", "distance")


@dataclasses.dataclass(frozen=True)
class FitRequest:
    """A folder to learn from, and how.

    Attributes:
        folder: Folder of the images; subfolders are included.
        table: CSV file with ratings or pairs; see `files.rating_rows`. Without one, all
            images of the folder count as good.
        output: Folder of the results; created if missing.
        families: What to try, of `FAMILIES`. With pairs, `ridge` and `brisque` are
            tried; without a table, only `distance`.
        folds: Number of parts of the cross-validation, 2 or more.
        next: Number of images to propose for labeling; 0 for none.
        pool: Largest number of images without a label to choose these from.
        level: Share of the MOS that intervals cover.
        mos_range: Worst and best MOS of the scale; the observed ones when None.
        seed: Seed of every random choice, 0 or more.
        overwrite: Whether to replace a scorer in `output`.

    Raises:
        ValueError: If a value is not allowed.
    """

    folder: PathLike
    table: PathLike | None = None
    output: PathLike = "runs/own"
    families: Sequence[str] = FAMILIES
    folds: int = 5
    next: int = 20
    pool: int = 300
    level: float = 0.9
    mos_range: tuple[float, float] | None = None
    seed: int = 0
    overwrite: bool = False

    def __post_init__(self):
        if not self.families or not set(self.families) <= set(FAMILIES):
            raise ValueError(
                f"`families` must be some of {', '.join(FAMILIES)}. "
                f"Received: families={list(self.families)}"
            )
        for name, least in (("folds", 2), ("next", 0), ("pool", 0), ("seed", 0)):
            if getattr(self, name) < least:
                raise ValueError(
                    f"`{name}` must be at least {least}. "
                    f"Received: {name}={getattr(self, name)}"
                )
        if not 0 < self.level < 1:
            raise ValueError(
                f"`level` must be between 0 and 1. Received: level={self.level}"
            )
        if self.mos_range is not None and not self.mos_range[0] < self.mos_range[1]:
            raise ValueError(
                "`mos_range` must be (worst, best) with worst < best. "
                f"Received: mos_range={self.mos_range}"
            )
