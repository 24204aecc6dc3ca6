"""Images of more than 8 bits per sample, of which 8 bits are used."""

from PIL import Image

from tfiqa.data import avif_colors

NOTE = "samples of more than 8 bits reduced to 8"

_BITS_PER_SAMPLE = 258  # The tag of TIFF.
_PNG_DEPTH = 24  # The offset of the depth in a PNG file.


def note(image: Image.Image, encoded: bytes) -> str:
    """Returns `NOTE` if an image has deeper samples than are used; else nothing.

    Args:
        image: An opened image.
        encoded: The file.
    """
    return NOTE if _is_deep(image, encoded) else ""


def _is_deep(image: Image.Image, encoded: bytes) -> bool:
    if image.mode.startswith("I"):
        return True
    if image.format == "PNG":
        return encoded[_PNG_DEPTH] > 8
    if image.format == "AVIF":
        return avif_colors.is_deep(encoded)
    if image.format == "TIFF":
        bits = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, 1)
        return max(bits if isinstance(bits, tuple) else (bits,)) > 8
    return False
