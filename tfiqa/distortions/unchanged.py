"""Levels of distortions that leave every pixel as it is.

At these strengths the function of a type is the identity: a kernel with a single tap, a
factor of 1, a shift of 0. As classes, as members of a chunk or as versions of a scene,
they are the source under another name. The key of the table is the function, so that it
serves all banks and parts of them. Of the stretched banks this is meant before and
after the stretch, which alone may change an image that does not span 0 to 255.
"""

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

from tfiqa.distortions import blur
from tfiqa.distortions import brightness
from tfiqa.distortions import color
from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.bank import LEVELS
from tfiqa.distortions.bank import Distortion

# Datasets whose levels have the strengths of `DISTORTIONS`.
_OF_KADID = ("kadid10k", "kadis700k")

# A test distorts pixels of all banks. A deviation of 0.1 pixels and a line of 1 pixel
# leave one tap.
IDENTITY_STRENGTHS: dict[Callable[..., Any], tuple[float, ...]] = {
    blur.gaussian_blur: (0.1,),
    blur.motion_blur: (1,),
    color.saturation_lab: (1,),
    brightness.mean_shift: (0,),
}


def leaves_unchanged(distortion: Distortion, level: int) -> bool:
    """Returns whether a level of a type equals its source, pixel by pixel.

    Args:
        distortion: A type of any bank.
        level: 1 to 5.
    """
    strengths = IDENTITY_STRENGTHS.get(distortion.function, ())
    return distortion.strengths[level - 1] in strengths


def stored_unchanged(dataset: str, name: str, level: int) -> bool:
    """Returns whether a stored version is known to equal its source.

    >>> stored_unchanged("kadis700k", "gaussian_blur", 1)
    True
    >>> stored_unchanged("waterloo", "gaussian_blur", 1)  # That has other strengths.
    False

    Args:
        dataset: Name of the dataset, without its configuration.
        name: Type of the distortion, of any dataset.
        level: Its level there, also an unknown one.
    """
    known = dataset in _OF_KADID and name in DISTORTIONS and 1 <= level <= LEVELS
    return known and leaves_unchanged(DISTORTIONS[name], level)


def changing_levels(bank: Mapping[str, Distortion]) -> list[tuple[int, int]]:
    """Returns the numbers of all types with each level that changes images, sorted.

    >>> from tfiqa.distortions import DISTORTIONS
    >>> len(changing_levels(DISTORTIONS))
    121
    """
    return sorted(
        (row.number, level)
        for row in bank.values()
        for level in range(1, LEVELS + 1)
        if not leaves_unchanged(row, level)
    )
