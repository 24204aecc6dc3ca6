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
_GRAYS = np.arange(256, dtype=np.uint8).reshape(16, 16)
_TOLERANCE = 2
_BROKEN = "broken color profile ignored"

# Color space of a profile, and Pillow's mode of its colors, by the mode of an image.
_GRAY = "GRAY", "L"
_RGB = "RGB", "RGB"
_SPACES = {
    **dict.fromkeys(("RGB", "RGBA", "RGBX", "RGBa", "P", "PA", "YCbCr"), _RGB),
    **dict.fromkeys(("1", "L", "LA", "I;16", "I;16B", "I;16L"), _GRAY),
    "CMYK": ("CMYK", "CMYK"),
}

Convert = Callable[[np.ndarray], np.ndarray]


def to_srgb(profile: bytes, mode: str) -> tuple[Convert | None, str]:
    """Returns the function from pixels to sRGB, and a note for the user.

    The function is None if no conversion is needed or possible. A profile counts as
    sRGB by its colors, not by its name. The function takes uint8 `(height, width, 4)`,
    inks, if the mode is CMYK, else uint8 `(height, width, 3)`, RGB.

    Args:
        profile: ICC profile of the image; empty if it has none.
        mode: Pillow's mode of the image.
    """
    if not profile:
        return None, ""
    try:
        name, space, convert = _opened(profile)
    except (OSError, TypeError, ValueError, ImageCms.PyCMSError):
        return None, _BROKEN
    if space == "RGB" and convert is None:
        return None, ""
    expected, _ = _SPACES.get(mode, ("", ""))
    if space != expected:
        return None, f"color profile ignored: {name} ({space})"
    return convert, "" if convert is None else f"converted to sRGB from {name}"


@functools.lru_cache(maxsize=32)
def _opened(profile: bytes) -> tuple[str, str, Convert | None]:
    """Returns name and color space of a profile, and its function unless it is sRGB.

    Raises:
        PyCMSError: If the profile is broken.
    """
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    name = ImageCms.getProfileDescription(source).strip()[:60] or "unnamed"
    space = profile[16:20].decode("ascii", "replace").strip()
    mode = dict(_SPACES.values()).get(space)
    if mode is None:
        return name, space, None
    target = ImageCms.createProfile("sRGB")
    if mode == "L":
        convert, probes = _gray_conversion(source, target), _GRAYS[..., np.newaxis]
    else:
        transform = ImageCms.buildTransform(source, target, mode, "RGB")
        convert, probes = functools.partial(_convert, transform), _PROBES
    if mode != "CMYK":
        difference = convert(probes).astype(int) - probes
        if np.abs(difference).max() <= _TOLERANCE:
            return name, space, None
    return name, space, convert


def _gray_conversion(
    source: ImageCms.ImageCmsProfile, target: ImageCms.ImageCmsProfile
) -> Convert:
    # Without this flag, few points represent the curve.
    exact = ImageCms.Flags.NOOPTIMIZE
    transform = ImageCms.buildTransform(source, target, "L", "RGB", flags=exact)
    levels = _convert(transform, _GRAYS).reshape(256, 3)
    return lambda pixels: levels[pixels[..., 0]]


def _convert(transform: ImageCms.ImageCmsTransform, pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    mode = transform.input_mode
    image = Image.frombytes(mode, (width, height), pixels.tobytes())
    with _lock:
        converted = ImageCms.applyTransform(image, transform)
    return np.asarray(converted)
