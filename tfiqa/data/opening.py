"""Opening of images with Pillow: reads headers, and refuses unsupported files."""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator

from PIL import Image
from PIL import UnidentifiedImageError

from tfiqa.data import jpeg_end
from tfiqa.data import jpeg_segments
from tfiqa.data import libtiff_messages
from tfiqa.data import png_chunks
from tfiqa.data import signatures
from tfiqa.data import tiff_layout

MAX_PIXELS = 100_000_000

_FORMATS = (
    "JPEG",
    "PNG",
    "BMP",
    "DIB",
    "GIF",
    "TIFF",
    "WEBP",
    "AVIF",
    "JPEG2000",
    "PPM",
    "TGA",
)
# Their pixels load without Python warnings, so no lock is needed.
_SILENT_FORMATS = frozenset({*_FORMATS, "MPO"} - {"TIFF", "TGA"})
_ORIENTATION = 0x0112
_settings_lock = threading.Lock()


class DecodeError(ValueError):
    """Says why an image cannot be decoded.

    Args:
        status: `"undecodable"`, `"unsupported"` or `"too_large"`.
        reason: One sentence for the user.
    """

    def __init__(self, status: str, reason: str):
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


def opened(encoded: bytes) -> Image.Image:
    """Reads the header of an image, and refuses images that must not be decoded.

    Raises:
        DecodeError: If it has too many pixels, or Pillow would misread them.
        Exception: Any error of a Pillow plugin; see `faults_as_decode_errors`.
    """
    if encoded.startswith(png_chunks.SIGNATURE):
        encoded = png_chunks.pixel_chunks(encoded)
    elif jpeg_end.is_jpeg(encoded):
        encoded = jpeg_segments.bounded(encoded)
    with _quiet_pillow():
        image = Image.open(io.BytesIO(encoded), formats=_FORMATS)
    check_size(*image.size)
    if image.mode == "F" or (image.mode == "I" and image.format != "PPM"):
        raise DecodeError(
            "undecodable",
            "Samples of 8 bits, or gray of 16 bits, are expected. Received: "
            f"a {image.format} image of Pillow's mode {image.mode!r}",
        )
    if image.format == "TIFF" and (layout := tiff_layout.misread(image)):
        raise DecodeError(
            "undecodable",
            "A TIFF image of a common layout is expected. Received: one with "
            f"{layout}; tools such as libtiff's tiffcp convert it",
        )
    return image


def check_size(width: int, height: int) -> None:
    """Raises `DecodeError` if an image has too many pixels."""
    if width * height > MAX_PIXELS:
        raise DecodeError("too_large", _too_large(f"{width} x {height} pixels"))


def load(image: Image.Image) -> None:
    """Decodes the pixels of an opened image.

    Raises:
        Exception: Any error of a Pillow plugin.
    """
    if image.format in _SILENT_FORMATS:
        image.load()
        return
    with _quiet_pillow(), libtiff_messages.collected() as messages:
        try:
            image.load()
        except OSError as error:
            if not messages:
                raise
            raise ValueError(f"libtiff says: {messages[0]}") from error
    if messages:  # Pillow does not notice all of them.
        raise ValueError(f"libtiff says: {messages[0]}")


def orientation(image: Image.Image) -> int:
    """Returns the EXIF orientation, 1 to 8; 1 where it is missing or unreadable."""
    with _quiet_pillow():
        try:
            value = image.getexif().get(_ORIENTATION, 1)
        except Exception:  # Corrupt EXIF data; the pixels may be fine.
            return 1
    return int(value) if value in range(1, 9) else 1


@contextlib.contextmanager
def faults_as_decode_errors(encoded: bytes) -> Iterator[None]:
    """Turns any error into a `DecodeError` that describes the bytes."""
    try:
        yield
    except DecodeError:
        raise
    except Image.DecompressionBombError as error:
        raise DecodeError("too_large", _too_large(str(error))) from error
    except MemoryError as error:
        reason = "An image that fits into memory is expected. Received: a larger one"
        raise DecodeError("too_large", reason) from error
    except UnidentifiedImageError as error:
        if reason := signatures.unsupported(encoded):
            raise DecodeError("unsupported", reason) from error
        kind = signatures.description(encoded)
        reason = f"An image is expected. Received: {kind}"
        raise DecodeError("undecodable", reason) from error
    except Exception as error:  # A broken file may raise any error in a plugin.
        reason = f"An image is expected. Received: {type(error).__name__}: {error}"
        raise DecodeError("undecodable", reason) from error


def _too_large(size: str) -> str:
    return f"At most {MAX_PIXELS:,} pixels are expected. Received: {size}"


@contextlib.contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Suppresses Pillow's warnings, one thread at a time, and restores its settings."""
    with _settings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = MAX_PIXELS
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit
