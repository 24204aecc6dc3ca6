"""Colour profiles: to sRGB, the colours that scorers know."""

import io
import threading
from collections.abc import Callable

import numpy as np
from PIL import Image
from PIL import ImageCms

# Little CMS is thread-safe; Pillow's wrapper of one transform need not be.
_lock = threading.Lock()


def to_srgb(
    profile: bytes, mode: str
) -> tuple[Callable[[np.ndarray], np.ndarray] | None, str]:
    """Returns the function from RGB pixels to sRGB, and a note for whoever looks.

    There is no function where nothing has to be converted, or nothing can be.

    Args:
        profile: ICC profile of the picture; empty if it has none.
        mode: Of the picture, as Pillow calls it. Only RGB is converted.
    """
    if not profile:
        return None, ""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip()[:60] or "without a name"
        space = profile[16:20].decode("ascii", "replace").strip()
    except (OSError, TypeError, ValueError, ImageCms.PyCMSError):
        return None, "broken colour profile ignored"
    if "srgb" in name.lower():
        return None, ""
    if space != "RGB" or mode not in ("RGB", "RGBA", "P"):
        return None, f"colour profile ignored: {name} ({space})"
    try:
        transform = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), "RGB", "RGB"
        )
    except ImageCms.PyCMSError:
        return None, "broken colour profile ignored"

    def convert(pixels: np.ndarray) -> np.ndarray:
        with _lock:
            converted = ImageCms.applyTransform(Image.fromarray(pixels), transform)
        return np.asarray(converted)

    return convert, f"converted to sRGB from {name}"
