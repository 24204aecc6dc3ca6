"""Color profiles: to sRGB, the colors that scorers know."""

import functools
import io
import threading
from collections.abc import Callable

import numpy as np
from PIL import Image
from PIL import ImageCms

# Little CMS is thread-safe; Pillow's wrapper of one transform need not be.
_lock = threading.Lock()

# Colors at which a profile is compared with sRGB, and by how many of 255 levels it may
# differ: as much as two ways of writing sRGB do.
_LEVELS = np.arange(0, 256, 51, dtype=np.uint8)
_PROBES = np.stack(np.meshgrid(_LEVELS, _LEVELS, _LEVELS), -1).reshape(-1, 36, 3)
_SAME = 2
_BROKEN = "broken colour profile ignored"


def to_srgb(
    profile: bytes, mode: str
) -> tuple[Callable[[np.ndarray], np.ndarray] | None, str]:
    """Returns the function from RGB pixels to sRGB, and a note for whoever looks.

    There is no function where nothing has to be converted, or nothing can be. Whether
    a profile is sRGB is seen from its colors, not from its name.

    Args:
        profile: ICC profile of the picture; empty if it has none.
        mode: Of the picture, as Pillow calls it. Only RGB is converted.
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
        return None, f"colour profile ignored: {name} ({space})"
    return functools.partial(_convert, transform), f"converted to sRGB from {name}"


@functools.lru_cache(maxsize=32)
def _opened(profile: bytes) -> tuple[str, str, ImageCms.ImageCmsTransform | None]:
    """Returns name and color space of a profile, and its transform unless it is sRGB.

    Raises:
        PyCMSError: If the profile is broken.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    name = ImageCms.getProfileDescription(source).strip()[:60] or "without a name"
    space = profile[16:20].decode("ascii", "replace").strip()
    if space != "RGB":
        return name, space, None
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, "RGB", "RGB")
    shown = _convert(transform, _PROBES)
    differs = np.abs(shown.astype(int) - _PROBES).max() > _SAME
    return name, space, transform if differs else None


def _convert(transform: ImageCms.ImageCmsTransform, pixels: np.ndarray) -> np.ndarray:
    with _lock:
        converted = ImageCms.applyTransform(Image.fromarray(pixels), transform)
    return np.asarray(converted)
