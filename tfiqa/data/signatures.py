"""Descriptions of bytes that no decoder accepts, by their first bytes."""

from PIL import features

_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_AVIF = (b"avif", b"avis")
_TEXT = (
    (b"<!doctype html", "a web page (HTML), perhaps of an error"),
    (b"<html", "a web page (HTML), perhaps of an error"),
    (b"<svg", "a drawing (SVG), which has no pixels"),
    (b"<?xml", "XML, perhaps a drawing (SVG) or an error of a server"),
    (b"{", "text that begins like JSON"),
    (b"%pdf", "a document (PDF)"),
    (b"%!ps", "a document (PostScript)"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
)
_BINARY = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x05\x16\x07", "macOS metadata of another file (AppleDouble)"),
    (b"\x1aE\xdf\xa3", "a video (Matroska or WebM)"),
    (b"\xff\xd8\xff", "a JPEG image that is damaged or of a rare kind"),
    (b"\x89PNG", "a PNG image that is damaged"),
    (b"II*\x00", "a TIFF image that is damaged or of an unsupported kind"),
    (b"MM\x00*", "a TIFF image that is damaged or of an unsupported kind"),
    (b"GIF8", "a GIF image that is damaged"),
    (b"BM", "a BMP image that is damaged or of a rare kind"),
)


def unsupported(encoded: bytes) -> str:
    """Returns why an image of a known format has no decoder; empty for others."""
    if encoded[4:8] == b"ftyp":
        if encoded[8:12] in _HEIF:
            return "HEIC and HEIF are unsupported: no decoder has a free license"
        if encoded[8:12] in _AVIF and not features.check("avif"):
            return "AVIF needs a newer Pillow: pip install --upgrade pillow"
    return ""


def description(encoded: bytes) -> str:
    """Returns a short description of bytes that are not an image."""
    if not encoded:
        return "an empty file"
    if not any(encoded[:4096]):
        return "zeros, perhaps of an unfinished download"
    for start, kind in _BINARY:
        if encoded.startswith(start):
            return kind
    if encoded[4:8] == b"ftyp":
        is_avif = encoded[8:12] in _AVIF
        known = "an AVIF image that is damaged"
        return known if is_avif else "a video (MP4) or a phone's image format"
    if encoded.startswith(b"RIFF"):
        is_webp = encoded[8:12] == b"WEBP"
        return "a WebP image that is damaged" if is_webp else "a RIFF file"
    text = encoded[:256].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, kind in _TEXT:
        if text.startswith(start):
            return kind
    try:
        encoded[:256].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < 250:
            return "bytes of no known image format"
    return "text"
