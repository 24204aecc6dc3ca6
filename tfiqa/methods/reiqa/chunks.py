"""Chunks: a picture and its distorted versions, each as pairs of crops at two scales.

Saha et al., "Re-IQA: unsupervised learning for image quality assessment in the wild",
CVPR 2023. The crops of all members of a chunk lie at the same places, other ones at
each scale. Half of the members exchange their two crops, the other half at half scale.

Crops need a part of each distorted picture, so that only the neighbourhood of this part
is distorted where that gives the same.
"""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import REIQA_RELEASED
from tfiqa.distortions.regional import distort_parts
from tfiqa.distortions.regions import Box
from tfiqa.methods.reiqa.config import Config
from tfiqa.methods.reiqa.scales import FULL
from tfiqa.methods.reiqa.scales import HALVES
from tfiqa.methods.reiqa.scales import Scale
from tfiqa.methods.reiqa.views import Pair
from tfiqa.methods.reiqa.views import draw_pair
from tfiqa.methods.reiqa.views import exchange_as_released
from tfiqa.pixels.reflection import reflected

BANKS = {"kadid": DISTORTIONS, "released": REIQA_RELEASED}

# From a picture, its parts, and type, level and key of a distortion to the pixels.
Distort = Callable[..., list[np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Member:
    """How one member of a chunk is made.

    Attributes:
        name: Type of the distortion, a key of the bank, or `None` for the picture.
        level: 1 to 5, or 0.
        key: Draws what is random in the distortion.
    """

    name: str | None = None
    level: int = 0
    key: tuple[int, ...] = (0, 0)

    def parts(
        self, picture: np.ndarray, boxes: Sequence[Box], distort: Distort
    ) -> list[np.ndarray]:
        """Returns the pixels of parts of the member."""
        if self.name is None:
            return [box.of(picture) for box in boxes]
        return distort(picture, boxes, self.name, self.level, self.key)


def chunk(
    picture: np.ndarray,
    config: Config,
    rng: np.random.Generator,
    *,
    traced: bool = False,
    plain: bool = False,
) -> tuple[np.ndarray, list[Member]]:
    """Returns the pairs of crops of one chunk, and who they are of.

    Pictures that are too small for some type of the bank are continued by reflection.

    Args:
        picture: uint8 `(height, width, 3)`.
        config: See `Config`; that of the quality expert.
        rng: Draws everything.
        traced: See `distort_part`.
        plain: Whether to distort whole pictures, which gives the same.

    Returns:
        `(2, scales * (n_aug + 1), patch_size, patch_size, 3)`: first crops and second
        crops of the members, scale by scale, the picture itself first. uint8, or
        float32 where `is_float`.
    """
    bank = BANKS[config.bank]
    distort = functools.partial(
        distort_parts,
        bank=bank,
        truncated=config.bank == "released",
        traced=traced,
        whole=plain,
    )
    picture = large_enough(picture, max(row.min_side for row in bank.values()))
    members = draw_members(config, rng)
    scales = [FULL, HALVES[config.half]][: config.scales]
    pairs = [_draw_pair(scale, picture, config, rng) for scale in scales]
    size, half = config.patch_size, len(members) // 2
    crops = np.empty(
        (2, len(scales), len(members), size, size, 3),
        np.float32 if is_float(config) else np.uint8,
    )
    for number, member in enumerate(members):
        windows = _windows(picture, member, scales, pairs, config, distort)
        for place, (pair, window) in enumerate(zip(pairs, windows, strict=True)):
            seen = pair.crops(window)
            if (number < half) == (place == 0):
                seen = exchanged(*seen, how=config.swap)
            crops[0, place, number], crops[1, place, number] = seen
    return crops.reshape(2, -1, size, size, 3), members


def draw_members(config: Config, rng: np.random.Generator) -> list[Member]:
    """Returns the picture and `n_aug` types, all different, at levels of equal chance.

    Raises:
        ValueError: If the bank has fewer types.
    """
    names = list(BANKS[config.bank])
    if config.n_aug > len(names):
        raise ValueError(
            f"`n_aug` must be at most {len(names)}, the number of types in the bank "
            f"{config.bank!r}. Received: n_aug={config.n_aug}"
        )
    types = rng.permutation(len(names))[: config.n_aug].tolist()
    levels = rng.integers(1, 6, config.n_aug).tolist()
    keys = rng.integers(-(2**31), 2**31, (config.n_aug, 2)).tolist()
    drawn = zip(types, levels, keys, strict=True)
    return [Member(), *(Member(names[t], level, tuple(key)) for t, level, key in drawn)]


def is_float(config: Config) -> bool:
    """Returns whether crops are no whole numbers, or leave `[0, 255]`."""
    halved = config.scales > 1 and config.half == "released"
    return halved or config.swap == "released"


def exchanged(
    first: np.ndarray, second: np.ndarray, *, how: str
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the two crops of a window, exchanged unless `how` is `"none"`."""
    if how == "released":
        exchange_as_released(first, second)
    return (second, first) if how == "clean" else (first, second)


def large_enough(picture: np.ndarray, least: int) -> np.ndarray:
    """Returns a picture whose sides are continued by reflection to a least length."""
    for axis in (0, 1):
        side = picture.shape[axis]
        if side < least:
            places = reflected(np.arange(least), side, np)
            picture = np.take(picture, places, axis=axis)
    return picture


def _draw_pair(
    scale: Scale, picture: np.ndarray, config: Config, rng: np.random.Generator
) -> Pair:
    return draw_pair(
        *scale.sides(*picture.shape[:2]),
        rng,
        size=config.patch_size,
        overlap=config.overlap,
        offsets=config.offsets,
        small=config.small,
    )


def _windows(
    picture: np.ndarray,
    member: Member,
    scales: list[Scale],
    pairs: list[Pair],
    config: Config,
    distort: Distort,
) -> Iterator[np.ndarray]:
    """Yields the windows of a member, scale by scale."""
    height, width = picture.shape[:2]
    boxes = [pair.box() for pair in pairs]
    sources = [
        scale.source(box, height, width)
        for scale, box in zip(scales, boxes, strict=True)
    ]
    if config.swap == "released":
        # What the exchange damages at full scale is damaged when it is halved.
        sources = [Box(0, 0, height, width)] * len(scales)
        (whole,) = member.parts(picture, sources[:1], distort)
        parts = [whole.astype(np.float32)] * len(scales)
    else:
        parts = member.parts(picture, sources, distort)
    for scale, pair, box, source, pixels in zip(
        scales, pairs, boxes, sources, parts, strict=True
    ):
        yield pair.window(scale.part(box, source, pixels, height, width), box)
