"""Colors of PNG files: codes, a profile, or a gamma and chromaticities."""

import struct
from collections.abc import Mapping

from tfiqa.data import color_codes
from tfiqa.data import color_profile
from tfiqa.data import png_chunks

# Values of sRGB in `gAMA` and `cHRM` (white, red, green, blue), in units of 1e-5, and
# the largest difference that counts as equal.
_GAMMA = (45_455,)
_CHROMATICITIES = (31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000)
_TOLERANCE = 500


def to_srgb(encoded: bytes, mode: str) -> tuple:
    """Returns the function to sRGB and a note; see `declared_colors.to_srgb`.

    Args:
        encoded: The file.
        mode: Pillow's mode of the image.
    """
    chunks = png_chunks.before_pixels(encoded)
    codes = chunks.get(b"cICP", b"")
    if len(codes) == 4:
        return color_codes.to_srgb(codes[0], codes[1])
    if b"iCCP" in chunks:
        return color_profile.to_srgb(png_chunks.profile(chunks[b"iCCP"]), mode)
    if b"sRGB" in chunks or _is_srgb(chunks):
        return None, ""
    return None, "color profile ignored: gamma or chromaticities"


def _is_srgb(chunks: Mapping[bytes, bytes]) -> bool:
    """Returns whether gamma and chromaticities, if declared, are those of sRGB."""
    return all(
        len(content) != 4 * len(expected)
        or all(
            abs(found - value) <= _TOLERANCE
            for found, value in zip(
                struct.unpack(f">{len(expected)}I", content), expected, strict=True
            )
        )
        for kind, expected in ((b"gAMA", _GAMMA), (b"cHRM", _CHROMATICITIES))
        if (content := chunks.get(kind)) is not None
    )
