"""Skips unlabeled images that are broken or too small."""

import re
import sys
from collections.abc import MutableMapping

import numpy as np

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode

# Minimum side, in pixels, for the distortions.
MIN_SIDE = 16

# Pillow's name of a file in memory, whose address differs in every run.
_OBJECT = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>")


def none_readable(name: str) -> str:
    """Returns the error message for a source without a readable image."""
    return f"Readable images are expected. Received: {name}, which has none"


def pixels(
    image: bytes | np.ndarray, name: str, skipped: MutableMapping[str, str]
) -> np.ndarray:
    """Returns the pixels of an image, or none if it is skipped; see `skip`.

    Args:
        image: Encoded bytes, or pixels.
        name: Path or id of the image.
        skipped: Gets the reason by name if the image is skipped.
    """
    try:
        decoded = image if isinstance(image, np.ndarray) else decode(image)
    except DecodeError as error:
        return skip(name, str(error), skipped)
    if min(decoded.shape[:2]) < MIN_SIDE:
        reason = (
            f"At least {MIN_SIDE}x{MIN_SIDE} pixels are expected. "
            f"Received: {decoded.shape[0]}x{decoded.shape[1]}"
        )
        return skip(name, reason, skipped)
    return decoded


def skip(name: str, reason: str, skipped: MutableMapping[str, str]) -> np.ndarray:
    """Records why an image is skipped and prints the first one; returns no pixels."""
    reason = _OBJECT.sub("the file", reason)
    if not skipped:
        printable = name.encode("utf-8", "backslashreplace").decode()
        print(f"Skipped: {printable}: {reason}", file=sys.stderr, flush=True)
    skipped[name] = reason
    return np.empty((0, 0, 3), np.uint8)
