"""The checks of a certificate, and the bands that their values fall into.

`CHECKS` is the only table of thresholds. Points are hundredths of the range of a
scorer, from its worst to its best score.
"""

import dataclasses
import math

GOOD, ACCEPTABLE, BAD = "good", "acceptable", "bad"
NOT_MEASURED = "not measured"


@dataclasses.dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        group: Group of checks that it belongs to, for tables.
        what: What is measured, with the unit.
        good: Threshold of the band `GOOD`.
        acceptable: Threshold of the band `ACCEPTABLE`; a worse value is `BAD`.
        higher: Whether higher values are better.
        reason: Why the thresholds are where they are.
    """

    group: str
    what: str
    good: float
    acceptable: float
    higher: bool
    reason: str

    def band(self, value: float) -> str:
        """Returns the band of a value; that of NaN is `BAD`."""
        if math.isnan(value):
            return BAD
        sign = 1 if self.higher else -1
        if sign * value >= sign * self.good:
            return GOOD
        return ACCEPTABLE if sign * value >= sign * self.acceptable else BAD


@dataclasses.dataclass(frozen=True)
class Mark:
    """The result of one check.

    Attributes:
        check: A key of `CHECKS`.
        value: Its value; NaN if there is none.
        note: What else is known about it.
        measured: Whether it could be measured at all.
        passed: Whether the check is good although it has no value: for example, a trap
            without a score.
    """

    check: str
    value: float = math.nan
    note: str = ""
    measured: bool = True
    passed: bool = False

    @property
    def band(self) -> str:
        """`GOOD`, `ACCEPTABLE`, `BAD` or `NOT_MEASURED`."""
        if not self.measured:
            return NOT_MEASURED
        return GOOD if self.passed else CHECKS[self.check].band(self.value)


def _at_most(group: str, what: str, good: float, acceptable: float, reason: str):
    return Check(group, what, good, acceptable, False, reason)


def _at_least(group: str, what: str, good: float, acceptable: float, reason: str):
    return Check(group, what, good, acceptable, True, reason)


_BEHAVIOUR, _INVARIANCE, _TRAPS = "behaviour", "invariances", "traps"
_ABOVE_CLEAN = "points above the median of clean scenes"
_ABOVE_DAMAGED = "points above the median of severely distorted scenes"
_SAME = "largest difference, points"
_MOVED = "mean difference, points"
_NO_SCORE = "images with a score"
_ROUNDING = "Only the order of additions may differ."
_UNIFORM = "An image without structure has nothing to judge; any score is a guess."
_STRUCTURE = "Nobody prefers it to a clean scene. It looks sharp to a naive measure."
_BLURRED = "It is a good image with little detail. A severely distorted one is worse."

CHECKS: dict[str, Check] = {
    "order of levels": _at_least(
        *(_BEHAVIOUR, "L-test, mean SROCC over ordered types", 0.9, 0.7),
        "At 0.7, one type in six is reversed, or many levels are swapped.",
    ),
    "worst type": _at_least(
        *(_BEHAVIOUR, "L-test of the worst type, SROCC", 0.5, 0.0),
        "Below 0, more of this distortion raises the score.",
    ),
    "severe above clean": _at_most(
        *(_BEHAVIOUR, "share of pairs where level 5 scores above the scene", 0.02, 0.1),
        "Level 5 is obvious to everybody.",
    ),
    "clean from distorted": _at_least(
        *(_BEHAVIOUR, "D-test, Waterloo types", 0.9, 0.75),
        "0.5 is chance. Faint levels are hard to tell apart, even for people.",
    ),
    "pairs": _at_least(
        *(_BEHAVIOUR, "P-test, share of right pairs", 0.95, 0.85),
        "These are pairs on which MS-SSIM and GMSD clearly agree.",
    ),
    "batch": _at_most(_INVARIANCE, _SAME, 0.01, 0.1, _ROUNDING),
    "threads": _at_most(_INVARIANCE, _SAME, 0.01, 0.1, _ROUNDING),
    "device": _at_most(
        _INVARIANCE, _SAME, 0.1, 1.0, "Devices multiply in other precisions."
    ),
    "runtime": _at_most(_INVARIANCE, _SAME, 0.1, 1.0, "The same scorer without Keras."),
    "flip": _at_most(
        *(_INVARIANCE, _MOVED, 1.0, 3.0),
        "Quality has no left and right. One point is below any interval.",
    ),
    "re-encoding": _at_most(
        *(_INVARIANCE, f"{_MOVED}, JPEG of quality 95", 2.0, 5.0),
        "The change is hardly visible, but not zero.",
    ),
    "faint noise": _at_most(
        *(_INVARIANCE, f"{_MOVED}, noise of one level", 2.0, 5.0),
        "The noise is invisible.",
    ),
    "half size": _at_most(
        *(_INVARIANCE, _MOVED, 5.0, 15.0),
        "Half the size hides some distortions, so scores may rise a little.",
    ),
    "uniform": _at_most(_TRAPS, _NO_SCORE, 0, 0, _UNIFORM),
    "noise": _at_most(_TRAPS, _ABOVE_CLEAN, -20.0, 0.0, _STRUCTURE),
    "checkerboard": _at_most(_TRAPS, _ABOVE_CLEAN, -20.0, 0.0, _STRUCTURE),
    "bokeh": _at_least(_TRAPS, _ABOVE_DAMAGED, 10.0, 0.0, _BLURRED),
    "text": _at_least(_TRAPS, _ABOVE_DAMAGED, 10.0, 0.0, _BLURRED),
    "night": _at_least(_TRAPS, _ABOVE_DAMAGED, 10.0, 0.0, _BLURRED),
    "adversarial gain": _at_most(
        *("attack", "mean rise in points, within 2 of 255 levels", 5.0, 20.0),
        "20 points are a grade of quality, for a change that nobody sees.",
    ),
    "goldens": _at_most(
        *("port", "largest difference from the reference implementation", 0.5, 2.0),
        "Points. Ports differ in rounding and in decoders.",
    ),
    "provenance": _at_most(
        *("provenance", "missing facts", 0, 2),
        "Who trained it on what, its scale, its card, and the terms of its data.",
    ),
    "speed": _at_most(
        *("speed", "processor seconds per megapixel", 1.0, 5.0),
        "At 5, a thousand photographs of 12 megapixels take 17 hours.",
    ),
}
