"""The settings of a linear regression on features, the same wherever one is fitted."""

import dataclasses
from typing import Any

from tfiqa.config import constraints
from tfiqa.regression.alphas import FINE

REGRESSORS = ("ridge", "elastic_net")


@dataclasses.dataclass(frozen=True)
class Regression:
    """How scores are regressed on features; the defaults are CONTRIQUE's and Re-IQA's.

    Attributes:
        regressor: `"ridge"` or `"elastic_net"`.
        l1_ratio: Share of the absolute values in the penalty of the elastic net.
        standardize: Whether features are scaled to mean 0 and deviation 1 first; the
            authors fit the raw ones.
        alphas: Candidate strengths of the penalty; validation chooses.
    """

    regressor: str = "ridge"
    l1_ratio: float = 0.5
    standardize: bool = False
    alphas: tuple[float, ...] = FINE

    def __post_init__(self):
        constraints.check_choices(self, {"regressor": REGRESSORS})
        share = constraints.Bound("in (0, 1]", lambda share: 0 < share <= 1)
        constraints.check_bounds(
            self, {"l1_ratio": share, "alphas": constraints.ALPHAS}
        )

    @property
    def penalty(self) -> dict[str, Any]:
        """The arguments of `regression.fit` and `choose_alpha`."""
        l1_ratio = self.l1_ratio if self.regressor == "elastic_net" else 0.0
        return {"standardized": self.standardize, "l1_ratio": l1_ratio}

    @property
    def regression(self) -> dict[str, Any]:
        """The arguments of `regression.frozen.regress`."""
        return {"alphas": self.alphas, **self.penalty}
