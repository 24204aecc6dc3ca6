"""Whole pictures of every format and its common variants, to make mutants of."""

import functools
import io

import numpy as np
from PIL import Image

_WIDTH, _HEIGHT = 64, 48

# Pillow's name of the format and the options of each variant.
_VARIANTS = {
    "JPEG": (
        ("RGB", {"quality": 85}),
        ("RGB", {"quality": 60, "progressive": True}),
        ("RGB", {"subsampling": 0, "restart_marker_rows": 1}),
        ("L", {"quality": 80}),
        ("CMYK", {"quality": 80}),
    ),
    "PNG": (("RGB", {}), ("RGBA", {}), ("P", {}), ("I;16", {}), ("1", {})),
    "GIF": (("P", {}), ("P", {"interlace": 1}), ("L", {})),
    "BMP": (("RGB", {}), ("RGBA", {}), ("L", {})),
    "DIB": (("RGB", {}),),
    "TIFF": (
        ("RGB", {}),
        ("RGB", {"compression": "tiff_lzw"}),
        ("RGB", {"compression": "tiff_deflate"}),
        ("RGB", {"compression": "jpeg"}),
        ("I;16", {}),
        ("1", {"compression": "group4"}),
    ),
    "WEBP": (
        ("RGB", {"quality": 80}),
        ("RGBA", {"quality": 80}),
        ("RGB", {"lossless": True}),
    ),
    "AVIF": (("RGB", {"quality": 60, "speed": 10}),),
    "JPEG2000": (("RGB", {}), ("RGB", {"no_jp2": True}), ("L", {"irreversible": True})),
    "PPM": (("RGB", {}), ("L", {}), ("1", {})),
    "TGA": (("RGB", {}), ("RGB", {"compression": "tga_rle"}), ("RGBA", {})),
}

FORMATS = tuple(_VARIANTS)


@functools.cache
def scene() -> np.ndarray:
    """Returns blocks with noise, uint8 `(48, 64, 3)`."""
    rng = np.random.default_rng(3)
    blocks = rng.integers(40, 200, (_HEIGHT // 8, _WIDTH // 8, 3))
    noise = rng.integers(0, 40, (_HEIGHT, _WIDTH, 3))
    return (blocks.repeat(8, axis=0).repeat(8, axis=1) + noise).astype("uint8")


@functools.cache
def seeds(format: str) -> tuple[bytes, ...]:
    """Returns the variants of a format, each a whole file."""
    return tuple(
        _encoded(_in_mode(mode), format, options) for mode, options in _VARIANTS[format]
    )


def _in_mode(mode: str) -> Image.Image:
    picture = Image.fromarray(scene())
    if mode == "I;16":
        grey = np.asarray(picture.convert("L"), np.uint16)
        return Image.fromarray(grey * 257)
    if mode == "RGBA":
        picture.putalpha(Image.fromarray(scene()[..., 0]))
        return picture
    return picture.convert(mode)


def _encoded(picture: Image.Image, format: str, options: dict) -> bytes:
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()
