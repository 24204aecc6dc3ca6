"""Chunks: an image and its distorted versions, each as pairs of crops at two scales.

Saha et al., "Re-IQA: unsupervised learning for image quality assessment in the wild",
CVPR 2023. The crops of all members of a chunk have the same positions, which differ by
scale. Half of the members exchange their two crops at full scale, the others at half
scale.

Crops need only a part of each distorted image, so only the surroundings of this part
are distorted if that gives the same result.
"""

import dataclasses
import functools
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from tfiqa.distortions import BANKS
from tfiqa.distortions.regional import distort_regions
from tfiqa.distortions.regions import Box
from tfiqa.distortions.unchanged import leaves_unchanged
from tfiqa.methods.reiqa.config import Config
from tfiqa.methods.reiqa.scales import FULL
from tfiqa.methods.reiqa.scales import HALVES
from tfiqa.methods.reiqa.scales import Scale
from tfiqa.methods.reiqa.views import Pair
from tfiqa.methods.reiqa.views import draw_pair
from tfiqa.methods.reiqa.views import exchange_as_released
from tfiqa.pixels.reflection import reflected

# Takes an image, its regions, and type, level and key of a distortion; returns the
# pixels of the regions.
Distort = Callable[..., list[np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Member:
    """One member of a chunk: an image or a distorted version.

    Attributes:
        name: Type of the distortion, a key of the bank, or `None` for the image itself.
        level: 1 to 5, or 0.
        key: Key of the randomness in the distortion.
    """

    name: str | None = None
    level: int = 0
    key: tuple[int, ...] = (0, 0)

    def parts(
        self, image: np.ndarray, boxes: Sequence[Box], distort: Distort
    ) -> list[np.ndarray]:
        """Returns the pixels of regions of the member."""
        if self.name is None:
            return [box.of(image) for box in boxes]
        return distort(image, boxes, self.name, self.level, self.key)


def chunk(
    image: np.ndarray,
    config: Config,
    rng: np.random.Generator,
    *,
    traced: bool = False,
    full_images: bool = False,
) -> tuple[np.ndarray, list[Member]]:
    """Returns the pairs of crops of one chunk, and its members.

    Images that are too small for a type of the bank are extended by reflection.

    Args:
        image: uint8 `(height, width, 3)`.
        config: Config of the quality expert.
        rng: Generator of all random choices.
        traced: See `distort_region`.
        full_images: Whether to distort full images, which gives the same result.

    Returns:
        `(2, scales * (n_aug + 1), patch_size, patch_size, 3)`: first crops and second
        crops of the members, scale by scale, the image itself first. uint8, or float32
        if `is_float`.
    """
    drawn = draw_chunk(image, config, rng)
    size = config.patch_size
    crops = np.empty(
        (2, len(drawn.scales), len(drawn.members), size, size, 3),
        np.float32 if is_float(config) else np.uint8,
    )
    for number in range(len(drawn.members)):
        for scale, both in enumerate(
            drawn.crops(number, config, traced=traced, full_images=full_images)
        ):
            crops[0, scale, number], crops[1, scale, number] = both
    return crops.reshape(2, -1, size, size, 3), drawn.members


@dataclasses.dataclass(frozen=True)
class Chunk:
    """A chunk before anything is computed of it.

    Attributes:
        image: uint8 `(height, width, 3)`, extended where it is too small.
        members: The image and its versions.
        scales: The scales.
        pairs: Positions of the crops, one pair for each scale.
    """

    image: np.ndarray
    members: list[Member]
    scales: list[Scale]
    pairs: list[Pair]

    def crops(
        self, number: int, config: Config, *, traced: bool, full_images: bool = False
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yields the two crops of a member, scale by scale; see `chunk`."""
        distort = functools.partial(
            distort_regions,
            bank=BANKS[config.bank],
            truncated=config.bank == "released",
            traced=traced,
            full_image=full_images,
        )
        member = self.members[number]
        windows = _windows(self.image, member, self.scales, self.pairs, config, distort)
        for scale, (pair, window) in enumerate(zip(self.pairs, windows, strict=True)):
            both = pair.crops(window)
            exchange = self.exchanges(number, scale)
            yield exchanged(*both, how=config.swap) if exchange else both

    def exchanges(self, number: int, scale: int) -> bool:
        """Returns whether a member exchanges its two crops at a scale."""
        return (number < len(self.members) // 2) == (scale == 0)


def draw_chunk(image: np.ndarray, config: Config, rng: np.random.Generator) -> Chunk:
    """Returns what `chunk` computes, drawn from `rng`."""
    least = max(row.min_side for row in BANKS[config.bank].values())
    image = large_enough(image, least)
    members = draw_members(config, rng)
    scales = [FULL, HALVES[config.half]][: config.scales]
    pairs = [_draw_pair(scale, image, config, rng) for scale in scales]
    return Chunk(image, members, scales, pairs)


def draw_members(config: Config, rng: np.random.Generator) -> list[Member]:
    """Returns the image and `n_aug` different types, at uniformly drawn levels.

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


def same_pixels(members: Sequence[Member], bank: str) -> np.ndarray:
    """Returns the position of the first member with the same pixels, int32 `(n,)`.

    Levels that leave an image unchanged are the image itself, the first member.
    """
    rows = BANKS[bank]
    return np.array(
        [
            0 if one.name and leaves_unchanged(rows[one.name], one.level) else own
            for own, one in enumerate(members)
        ],
        np.int32,
    )


def is_float(config: Config) -> bool:
    """Returns whether crops are not integers, or leave `[0, 255]`."""
    halved = config.scales > 1 and config.half == "released"
    return halved or config.swap == "released"


def exchanged(
    first: np.ndarray, second: np.ndarray, *, how: str
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the two crops of a window, exchanged unless `how` is `"none"`."""
    if how == "released":
        exchange_as_released(first, second)
    return (second, first) if how == "clean" else (first, second)


def large_enough(image: np.ndarray, least: int) -> np.ndarray:
    """Returns an image whose sides are extended by reflection to a minimum length."""
    for axis in (0, 1):
        side = image.shape[axis]
        if side < least:
            indices = reflected(np.arange(least), side, np)
            image = np.take(image, indices, axis=axis)
    return image


def _draw_pair(
    scale: Scale, image: np.ndarray, config: Config, rng: np.random.Generator
) -> Pair:
    return draw_pair(
        *scale.sides(*image.shape[:2]),
        rng,
        size=config.patch_size,
        overlap=config.overlap,
        offsets=config.offsets,
        small=config.small,
    )


def _windows(
    image: np.ndarray,
    member: Member,
    scales: list[Scale],
    pairs: list[Pair],
    config: Config,
    distort: Distort,
) -> Iterator[np.ndarray]:
    """Yields the windows of a member, scale by scale."""
    height, width = image.shape[:2]
    boxes = [pair.box() for pair in pairs]
    sources = [
        scale.source(box, height, width)
        for scale, box in zip(scales, boxes, strict=True)
    ]
    if config.swap == "released":
        # Damage by the exchange at full scale carries over to the half scale.
        sources = [Box(0, 0, height, width)] * len(scales)
        (distorted,) = member.parts(image, sources[:1], distort)
        parts = [distorted.astype(np.float32)] * len(scales)
    else:
        parts = member.parts(image, sources, distort)
    for scale, pair, box, source, pixels in zip(
        scales, pairs, boxes, sources, parts, strict=True
    ):
        yield pair.window(scale.part(box, source, pixels, height, width), box)
