"""Material of the D-, L- and P-test from any folder of pristine pictures.

Each picture is distorted by JPEG, JPEG 2000, Gaussian blur and white noise at five
levels, in the manner of the Waterloo Exploration database, and rounded to 8 bits. Of
4,744 pictures that makes 94,880; nothing is kept, versions are made as they are
measured.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tfiqa.data.decode import decode
from tfiqa.distortions import WATERLOO
from tfiqa.distortions import distort
from tfiqa.metrics.discriminability import DTest
from tfiqa.metrics.discriminability import d_test
from tfiqa.metrics.full_reference import MIN_SIDE
from tfiqa.metrics.full_reference import gmsd
from tfiqa.metrics.full_reference import ms_ssim
from tfiqa.metrics.listwise import LTest
from tfiqa.metrics.listwise import l_test
from tfiqa.metrics.pairwise import PTest
from tfiqa.metrics.pairwise import on_material
from tfiqa.metrics.pairwise import p_test

SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
DISTORTIONS = tuple(WATERLOO)
LEVELS = (1, 2, 3, 4, 5)

# From a pristine picture and a version of it, uint8 `(height, width, 3)`, to a number.
Measure = Callable[[np.ndarray, np.ndarray], float]
# Value of each measure for a perfect copy.
FULL_REFERENCE: dict[str, tuple[Measure, float]] = {
    "MS-SSIM": (ms_ssim, 1.0),
    "GMSD": (gmsd, 0.0),
}


@dataclasses.dataclass(frozen=True)
class OnMaterial:
    """What a measure says of each version of each picture.

    Attributes:
        pristine: `(contents,)`.
        distorted: `(contents, 4, 5)`: by type, in the order of `DISTORTIONS`, and
            level, from faint to severe.
    """

    pristine: np.ndarray
    distorted: np.ndarray

    def pool(self) -> np.ndarray:
        """Returns all in one row, the pristine ones first, `(21 contents,)`."""
        return np.concatenate([self.pristine, self.distorted.ravel()])


def pristine_pictures(folder: Path) -> list[Path]:
    """Returns the pictures below a folder, sorted.

    Raises:
        FileNotFoundError: If there are none.
    """
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise FileNotFoundError(
            f"A folder of pristine pictures is expected. Received: folder={folder!s}"
        )
    return paths


def measured(
    paths: list[Path],
    measures: Mapping[str, Measure],
    *,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> dict[str, OnMaterial]:
    """Makes every version of every picture once, and measures it in all ways.

    Args:
        paths: Of pristine pictures, sides of 176 pixels or more.
        measures: By name; `of_scorer` for scorers.
        seed: Of the noise.
        progress: Called with the number of pictures done after each.

    Raises:
        ValueError: Of a picture that is too small or does not decode; names it.
    """
    found = {
        name: OnMaterial(
            np.empty(len(paths)), np.empty((len(paths), len(DISTORTIONS), len(LEVELS)))
        )
        for name in measures
    }
    for content, path in enumerate(paths):
        pristine = pristine_picture(path)
        for name, measure in measures.items():
            found[name].pristine[content] = measure(pristine, pristine)
        for row, distortion in enumerate(DISTORTIONS):
            for column, level in enumerate(LEVELS):
                version = distorted(pristine, distortion, level, seed=seed)
                for name, measure in measures.items():
                    value = measure(pristine, version)
                    found[name].distorted[content, row, column] = value
        if progress is not None:
            progress(content + 1)
    return found


def distorted(
    pristine: np.ndarray, distortion: str, level: int, *, seed: int = 0
) -> np.ndarray:
    """Returns a version of a picture, both uint8 `(height, width, 3)`."""
    version = distort(pristine[None], distortion, level, (seed, 0), bank=WATERLOO)
    return np.rint(version.numpy()[0]).astype("uint8")


def of_scorer(predict: Callable[[np.ndarray], float]) -> Measure:
    """Returns the measure that does not look at the pristine picture."""
    return lambda pristine, version: predict(version)


def all_tests(
    scores: OnMaterial, full_reference: Mapping[str, OnMaterial]
) -> tuple[DTest, LTest, PTest]:
    """Returns the D-, L- and P-test of a scorer.

    Args:
        scores: Of `measured`, higher is better, NaN where there is none.
        full_reference: Of `measured`, by the names of `FULL_REFERENCE`.
    """
    qualities = [
        on_material(values.pool(), perfect=FULL_REFERENCE[name][1])
        for name, values in full_reference.items()
    ]
    return (
        d_test(scores.pristine, scores.distorted),
        l_test(scores.distorted, DISTORTIONS),
        p_test(scores.pool(), qualities),
    )


def pristine_picture(path: Path) -> np.ndarray:
    """Returns a picture, uint8 `(height, width, 3)`.

    Raises:
        ValueError: If it is too small or does not decode.
    """
    pristine = decode(path.read_bytes())
    if min(pristine.shape[:2]) < MIN_SIDE:
        raise ValueError(
            f"Pictures with sides of {MIN_SIDE} pixels or more are expected. "
            f"Received: {path!s} of {pristine.shape[1]} x {pristine.shape[0]}"
        )
    return pristine
