"""Sizes at which a protocol shows images, whatever their published size.

A size is a text: `512` for the shorter side, with the aspect ratio kept; `512x384` for
height and width, whatever the aspect ratio; `x0.75` for a factor. A filter may follow
after a colon: `:bilinear`, the default, and `:bicubic` are Pillow's, with antialiasing;
`:sampled` is bilinear without antialiasing, as tensors are resized.

Resized images are stored without loss, so that everything that reads a dataset sees
them: training, features, scorers and reports. An image that cannot be decoded stays as
it is.
"""

import dataclasses
import io
import math
import re
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode
from tfiqa.data.load import Source
from tfiqa.data.load import Splits
from tfiqa.data.reading import Reader
from tfiqa.data.subsets import PARTS

FORMS = "`512` (shorter side), `512x384` (height x width) or `x0.75` (a factor)"
FILTERS = ("bilinear", "bicubic", "sampled")

_SIZE = re.compile(r"(?:(\d+)|(\d+)x(\d+)|x(\d*\.?\d+))(?::(\w+))?")
# The largest side that a text can ask for; the next power of two is a slip of the pen.
_LARGEST = 8192


@dataclasses.dataclass(frozen=True)
class ImageSize:
    """A size of images; see the module docstring.

    Attributes:
        text: The size as a text.
        shorter: Length of the shorter side, or None.
        sides: Height and width, or None.
        factor: Factor of both sides, or None.
        filter: One of `FILTERS`.
    """

    text: str
    shorter: int | None = None
    sides: tuple[int, int] | None = None
    factor: float | None = None
    filter: str = "bilinear"

    def of(self, height: int, width: int) -> tuple[int, int]:
        """Returns the height and the width to which an image is resized.

        The longer side is rounded down beside a given shorter side, as in torchvision;
        after a factor, sides are rounded up, as in MATLAB.
        """
        if self.sides is not None:
            return self.sides
        if self.factor is not None:
            factor = self.factor
            return math.ceil(factor * height), math.ceil(factor * width)
        shorter, least = self.shorter or 1, min(height, width)
        return int(shorter * height / least), int(shorter * width / least)

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Returns an image, uint8 `(height, width, 3)`, at this size."""
        height, width = self.of(*pixels.shape[:2])
        if (height, width) == pixels.shape[:2]:
            return pixels
        if self.filter == "sampled":
            resized = tf.image.resize(pixels, (height, width), antialias=False)
            return np.floor(resized.numpy() + 0.5).astype(np.uint8)
        kind = Image.Resampling[self.filter.upper()]
        return np.asarray(Image.fromarray(pixels).resize((width, height), kind))

    def encoded(self, image: bytes) -> bytes:
        """Returns an encoded image at this size, as PNG; unchanged if it is broken."""
        try:
            pixels = decode(image)
        except DecodeError:
            return image
        file = io.BytesIO()
        Image.fromarray(self(pixels)).save(file, "PNG", compress_level=1)
        return file.getvalue()

    def describe(self) -> str:
        """Returns the size in words."""
        kinds = {"sampled": "bilinear without antialiasing"}
        kind = kinds.get(self.filter, f"{self.filter}, antialiased")
        if self.sides is not None:
            return f"{self.sides[0]} x {self.sides[1]} pixels, height x width ({kind})"
        if self.factor is not None:
            return f"{self.factor:g} times their sides ({kind})"
        return f"a shorter side of {self.shorter} pixels ({kind})"


@dataclasses.dataclass(frozen=True)
class _Resized:
    """Reads images at a size; broken ones as they are."""

    reader: Reader
    size: ImageSize

    def __call__(self, number: int) -> Any:
        image = self.reader(number)
        try:
            return self.size(decode(image) if isinstance(image, bytes) else image)
        except DecodeError:
            return image


def parse(text: str) -> ImageSize:
    """Returns the size that a text names.

    Raises:
        ValueError: If it names none.
    """
    match = _SIZE.fullmatch(text.strip())
    shorter, height, width, factor, kind = match.groups("") if match else ("",) * 5
    size = ImageSize(
        text.strip(),
        int(shorter) if shorter else None,
        (int(height), int(width)) if height else None,
        float(factor) if factor else None,
        kind or "bilinear",
    )
    sides = [side for side in (size.shorter, *(size.sides or ())) if side is not None]
    if (
        match is None
        or size.filter not in FILTERS
        or not all(1 <= side <= _LARGEST for side in sides)
        or not 0 < (1.0 if size.factor is None else size.factor) <= 8
    ):
        raise ValueError(
            f"A size of images is expected: {FORMS}, and optionally one of the filters "
            f"{', '.join(f':{name}' for name in FILTERS)}. Received: {text!r}"
        )
    return size


def resized(source: Source, text: str | None) -> Source:
    """Returns a source with images at a size; unchanged if `text` is None.

    Raises:
        ValueError: If the text names no size.
    """
    if text is None:
        return source
    size = parse(text)

    def at_size(row):
        image = tf.numpy_function(size.encoded, [row["image"]], tf.string)
        return {**row, "image": tf.ensure_shape(image, ())}

    examples = source.examples.map(at_size, num_parallel_calls=tf.data.AUTOTUNE)
    side = size.shorter or math.sqrt(math.prod(size.sides or (512, 512)))
    # About two bytes a pixel; a buffer of encoded images is sized by it.
    return dataclasses.replace(
        source,
        examples=examples.apply(tf.data.experimental.assert_cardinality(source.count)),
        mean_bytes=max(source.mean_bytes, int(2 * side**2)),
        image_size=size.text,
        reader=None if source.reader is None else _Resized(source.reader, size),
    )


def resized_parts(splits: Splits, text: str | None) -> Splits:
    """Returns the parts of a dataset with images at a size."""
    parts = {part: resized(getattr(splits, part), text) for part in PARTS}
    return dataclasses.replace(splits, **parts)
