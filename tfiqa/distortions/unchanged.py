"""Levels of distortions that leave every pixel as it is, by bank and type.

At these strengths the formula of a type is the identity: a kernel with a single tap, a
factor of 1, a shift of 0. As classes, or as members of a chunk, they are the source
under another name. Of the stretched banks this is meant before and after the stretch,
which alone may change an image that does not span 0 to 255.
"""

from collections.abc import Mapping

_SHIFT_AND_FACTOR = {"saturation_lab": (1,), "mean_shift": (3,)}

# A deviation of 0.1 pixels and a line of 1 pixel leave one tap.
_KADID = {"gaussian_blur": (1,), "motion_blur": (1,), **_SHIFT_AND_FACTOR}

# Type and level, from 1; the keys are those of `BANKS`. A test distorts pixels.
UNCHANGED_LEVELS: dict[str, Mapping[str, tuple[int, ...]]] = {
    "dbcnn": {},
    "kadid": _KADID,
    "released": _SHIFT_AND_FACTOR,
    "waterloo": {},
}


def leaves_unchanged(name: str, level: int, *, bank: str = "kadid") -> bool:
    """Returns whether a level of a type equals its source, pixel by pixel.

    Args:
        name: A type of the bank.
        level: 1 to 5.
        bank: A key of `BANKS`.
    """
    return level in UNCHANGED_LEVELS[bank].get(name, ())
