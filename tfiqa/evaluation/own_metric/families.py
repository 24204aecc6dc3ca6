"""The regressions that are tried. Other modules train them.

Heads come from `tfiqa.regression`, from the method `frozen_trunk` (`network`) and from
`tfiqa.pristine` (`distance`).
"""

import itertools
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence

import keras
import numpy as np

from tfiqa.evaluation.own_metric import features
from tfiqa.evaluation.own_metric.distance import Distance
from tfiqa.evaluation.own_metric.family import Family
from tfiqa.evaluation.own_metric.network import Network
from tfiqa.regression import frozen
from tfiqa.regression import svr
from tfiqa.regression.alphas import WIDE
from tfiqa.regression.ridge import fit_ridge
from tfiqa.regression.ridge import predictions_of_all
from tfiqa.regression.support_vectors import fit_scaling
from tfiqa.regression.support_vectors import predictions_of_grid

# Scale of the targets of support vector regression.
SPAN = 100.0


class Ridge(Family):
    """Ridge regression on the trunk.

    Args:
        table: Features of all images, `(n, d)`.
        descriptor: Model from images to features.
    """

    name = "ridge"

    def __init__(self, table: np.ndarray, descriptor: Callable[[], keras.Model]):
        self.table, self.descriptor = table, descriptor
        self.settings = [{"alpha": alpha} for alpha in WIDE]

    def predictions(self, known, mos, unseen, seed):
        """See `Family.predictions`."""
        del seed
        rows = self.table[known], mos, self.table[unseen]
        return predictions_of_all(*rows, WIDE, standardized=True)

    def scorer(self, mos, setting, metadata, seed):
        """See `Family.scorer`."""
        del seed
        linear = fit_ridge(self.table, mos, WIDE[setting], standardized=True)
        return frozen.build_scorer(self.descriptor(), linear, metadata, name=self.name)


class SupportVectors(Family):
    """Support vector regression with radial basis functions.

    Args:
        name: `"svr"` for the trunk, `"brisque"` for BRISQUE.
        table: Features of all images, `(n, d)`.
        descriptor: Model from images to features.
        mos_range: Worst and best MOS, which become 0 and `SPAN`.
        gammas: Candidates for gamma, in units of `1 / d`.
    """

    def __init__(
        self,
        name: str,
        table: np.ndarray,
        descriptor: Callable[[], keras.Model],
        mos_range: tuple[float, float],
        gammas: Sequence[float] = (0.3, 1.0, 3.0),
    ):
        self.name, self.descriptor = name, descriptor
        self.table = table.astype(np.float64)
        self.offset = mos_range[0]
        self.scale = (mos_range[1] - mos_range[0]) / SPAN
        costs = (3.0, 30.0, 300.0)
        length = self.table.shape[1]
        self.grid = list(itertools.product(costs, [gamma / length for gamma in gammas]))
        self.settings = [{"cost": cost, "gamma": gamma} for cost, gamma in self.grid]
        self._settings = svr.SupportVectorSettings(tolerance=1.0, span=SPAN)

    def predictions(self, known, mos, unseen, seed):
        """See `Family.predictions`."""
        del seed
        targets = (mos - self.offset) / self.scale
        values = predictions_of_grid(
            *(self.table[known], targets, self.table[unseen], self.grid),
            tolerance=self._settings.tolerance,
            scaling=fit_scaling(self.table[known], lower=self._settings.lower),
        )
        return self.offset + self.scale * values

    def scorer(self, mos, setting, metadata, seed):
        """See `Family.scorer`."""
        del seed
        cost, gamma = self.grid[setting]
        targets = (mos - self.offset) / self.scale
        machine = svr.fit(self.table, targets, self._settings, cost=cost, gamma=gamma)
        return svr.build_scorer(
            *(self.descriptor(), machine, metadata),
            scale=self.scale,
            offset=self.offset,
            name=self.name,
        )


def open_families(
    names: Sequence[str],
    tables: Mapping[str, np.ndarray],
    mos_range: tuple[float, float],
    read: Callable[[int], np.ndarray] | None = None,
) -> list[Family]:
    """Returns the families of these names.

    Args:
        names: Some of `request.FAMILIES`.
        tables: Features by name: `trunk`, `brisque` and `patches`, those needed.
        mos_range: Worst and best MOS.
        read: Function from a row to its image; needed by `distance`.
    """
    trunk, brisque = features.trunk_descriptor, features.brisque_descriptor
    builders: dict[str, Callable[[], Family]] = {
        "ridge": lambda: Ridge(tables["trunk"], trunk),
        "svr": lambda: SupportVectors("svr", tables["trunk"], trunk, mos_range),
        "mlp": lambda: Network(tables["trunk"], trunk),
        "brisque": lambda: SupportVectors(
            "brisque", tables["brisque"], brisque, mos_range
        ),
        "distance": lambda: Distance(
            tables["patches"], features.patch_encoder, read or _no_image
        ),
    }
    return [builders[name]() for name in names]


def _no_image(row: int) -> np.ndarray:
    raise ValueError(f"`read` is expected, for images. Received: none, for row {row}")
