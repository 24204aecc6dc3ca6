"""How an image declares its colors, and how they become sRGB, as scorers expect."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from tfiqa.data import avif_colors
from tfiqa.data import color_codes
from tfiqa.data import color_profile
from tfiqa.data import png_colors
from tfiqa.data.boxes import first

Convert = Callable[[np.ndarray], np.ndarray] | None

_RESTRICTED_PROFILE = 2  # Method of a `colr` box of JPEG 2000; 1 is a number.


def to_srgb(image: Image.Image, encoded: bytes) -> tuple[Convert, str]:
    """Returns the function from pixels to sRGB, and a note for the user.

    The function is None if no conversion is needed or possible. It takes uint8
    `(height, width, 4)`, inks, if the mode of the image is CMYK, else uint8
    `(height, width, 3)`, RGB.

    A profile counts more than codes, as in viewers, except in PNG.

    Args:
        image: An opened image.
        encoded: The file.
    """
    if image.format == "PNG":
        return png_colors.to_srgb(encoded, image.mode)
    profile = image.info.get("icc_profile") or b""
    if image.format == "JPEG2000":
        box = first(encoded, b"jp2h", b"colr")
        profile = box[3:] if box[:1] == bytes([_RESTRICTED_PROFILE]) else b""
    if not profile and image.format == "AVIF":
        codes = avif_colors.color_codes(encoded)
        return (None, "") if codes is None else color_codes.to_srgb(*codes)
    return color_profile.to_srgb(profile, image.mode)
