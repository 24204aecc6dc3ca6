"""TIFF layouts that Pillow reads wrongly.

`tests/data/test_tiff_layouts.py` compares Pillow with a second reader, for every
combination of planes, bits, compression and photometric interpretation. Layouts that
Pillow silently misreads are refused here.
"""

from PIL import Image

_BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES = 258, 259, 262, 277
_PLANAR, _SAMPLE_FORMAT, _SUBSAMPLING = 284, 339, 530
_NO_COMPRESSION, _SEPARATE, _UNSIGNED, _YCBCR = 1, 2, 1, 6


def misread(image: Image.Image) -> str:
    """Returns why the pixels of a TIFF image would be wrong; empty if they are right.

    Args:
        image: An opened image that is not loaded yet.
    """
    tags = getattr(image, "tag_v2", {})
    formats = set(_numbers(tags.get(_SAMPLE_FORMAT, _UNSIGNED)))
    if formats - {_UNSIGNED}:
        return "samples that are signed or not integers"
    raw = tags.get(_COMPRESSION, _NO_COMPRESSION) == _NO_COMPRESSION
    if tags.get(_PLANAR) == _SEPARATE:
        if raw and max(_numbers(tags.get(_BITS, 1))) > 8:
            return "planes of more than 8 bits without compression"
        if tags.get(_SAMPLES, 1) == 2:
            return "gray and its transparency in planes"
    subsampled = _numbers(tags.get(_SUBSAMPLING, (2, 2))) != (1, 1)
    if raw and subsampled and tags.get(_PHOTOMETRIC) == _YCBCR:
        return "subsampled color without compression"
    return ""


def _numbers(value) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)
