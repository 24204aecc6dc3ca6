"""Hyperparameters of SFA."""

import dataclasses
from typing import Any

from tfiqa.config import constraints
from tfiqa.layers import patch_statistics

WEIGHTINGS = ("validated", "equal")


@dataclasses.dataclass(frozen=True)
class Config:
    """Hyperparameters of SFA.

    Attributes:
        backbone: A key of `BACKBONES`; it is not trained.
        backbone_weights: `"imagenet"`, `"package"`, a file, or `None` for random
            weights; see `backbones.build_backbone`.
        stages: Numbers of candidate stages of the backbone, 1 to 4. Cross-validation
            chooses the one with the best regression.
        patch_size: Side of a patch in pixels.
        stride: Distance of neighboring patches in pixels.
        extended: Whether an image that patches fit exactly gets one more row and column
            of patches, mostly black, as in the authors' MATLAB code.
        variant: `"matlab"` or `"pytorch"`; see `layers.PatchStatistics`.
        components: Number of components of each partial least squares regression.
        standardized: Whether features are scaled to mean 0 and deviation 1 before the
            regression.
        folds: Number of parts of the cross-validation, which are divided by content.
        weighting: `"validated"` weights the three regressions by their SROCC in the
            cross-validation, `"equal"` equally.
    """

    backbone: str = "resnet50"
    backbone_weights: str | None = "imagenet"
    stages: tuple[int, ...] = (2, 3, 4)
    patch_size: int = 224
    stride: int = 112
    extended: bool = False
    variant: str = "matlab"
    components: int = 10
    standardized: bool = False
    folds: int = 5
    weighting: str = "validated"

    def __post_init__(self):
        constraints.check_choices(
            self, {"variant": patch_statistics.VARIANTS, "weighting": WEIGHTINGS}
        )
        constraints.check_bounds(self, _BOUNDS)

    @property
    def description(self) -> dict[str, Any]:
        """The keyword arguments of `models.sfa.build_descriptor`."""
        names = ("patch_size", "stride", "extended", "variant")
        return {name: getattr(self, name) for name in names}


_BOUNDS = {
    "stages": constraints.Bound(
        "different numbers from 1 to 4, at least one of them",
        lambda stages: (
            0 < len(stages) == len(set(stages)) and set(stages) <= {1, 2, 3, 4}
        ),
    ),
    "patch_size": constraints.Bound("at least 32", lambda side: side >= 32),
    "stride": constraints.COUNT,
    "components": constraints.COUNT,
    "folds": constraints.Bound("at least 2", lambda count: count >= 2),
}

RECIPES: dict[str, dict[str, Any]] = {
    "quick": {
        "backbone": "resnet10_slim",
        "backbone_weights": None,
        "patch_size": 96,
        "stride": 48,
    },
    # The authors' MATLAB code of this paper, and that of the one before, which has no
    # cross-validation (Li, Jiang & Jiang, "Exploiting high-level semantics for
    # no-reference image quality assessment of realistic blur images", ACM MM 2017).
    "released": {"extended": True},
    "released_2017": {"extended": True, "stages": (4,), "weighting": "equal"},
    # What the authors published for PyTorch in 2019.
    "released_pytorch": {
        "stages": (4,),
        "weighting": "equal",
        "variant": "pytorch",
        "standardized": True,
    },
}
