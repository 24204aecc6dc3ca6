"""Conversion of color profiles to sRGB, on which scorers are trained."""

import functools
import io
import threading
from collections.abc import Callable

import numpy as np
from PIL import Image
from PIL import ImageCms

# Little CMS is thread-safe; Pillow's wrapper of a transform may not be.
_lock = threading.Lock()

# Colors at which a profile is compared with sRGB, and the largest difference, of 255
# levels, that counts as equal: two common encodings of sRGB differ as much.
_LEVELS = np.arange(0, 256, 51, dtype=np.uint8)
_PROBES = np.stack(np.meshgrid(_LEVELS, _LEVELS, _LEVELS), -1).reshape(-1, 36, 3)
_TOLERANCE = 2
_BROKEN = "broken color profile ignored"


def to_srgb(
    profile: bytes, mode: str
) -> tuple[Callable[[np.ndarray], np.ndarray] | None, str]:
    """Returns the function from RGB pixels to sRGB, and a note for the user.

    The function is None if no conversion is needed or possible. A profile counts as
    sRGB by its colors, not by its name.

    Args:
        profile: ICC profile of the image; empty if it has none.
        mode: Pillow's mode of the image. Only RGB is converted.
    """
    if not profile:
        return None, ""
    try:
        name, space, transform = _opened(profile)
    except (OSError, TypeError, ValueError, ImageCms.PyCMSError):
        return None, _BROKEN
    if space == "RGB" and transform is None:
        return None, ""
    if transform is None or mode not in ("RGB", "RGBA", "P"):
        return None, f"color profile ignored: {name} ({space})"
    return functools.partial(_convert, transform), f"converted to sRGB from {name}"


@functools.lru_cache(maxsize=32)
def _opened(profile: bytes) -> tuple[str, str, ImageCms.ImageCmsTransform | None]:
    """Returns name and color space of a profile, and its transform unless it is sRGB.

    Raises:
        PyCMSError: If the profile is broken.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    name = ImageCms.getProfileDescription(source).strip()[:60] or "unnamed"
    space = profile[16:20].decode("ascii", "replace").strip()
    if space != "RGB":
        return name, space, None
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, "RGB", "RGB")
    converted = _convert(transform, _PROBES)
    differs = np.abs(converted.astype(int) - _PROBES).max() > _TOLERANCE
    return name, space, transform if differs else None


def _convert(transform: ImageCms.ImageCmsTransform, pixels: np.ndarray) -> np.ndarray:
    with _lock:
        converted = ImageCms.applyTransform(Image.fromarray(pixels), transform)
    return np.asarray(converted)
