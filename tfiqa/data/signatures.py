"""What bytes are that no decoder takes, by how they begin: for messages."""

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
    (b"\x00\x05\x16\x07", "data of macOS about another file (AppleDouble)"),
    (b"\x1aE\xdf\xa3", "a video (Matroska or WebM)"),
    (b"\xff\xd8\xff", "a JPEG picture that is damaged or of a rare kind"),
    (b"\x89PNG", "a PNG picture that is damaged"),
    (b"II*\x00", "a TIFF picture that is damaged or of a kind that is not read"),
    (b"MM\x00*", "a TIFF picture that is damaged or of a kind that is not read"),
    (b"GIF8", "a GIF picture that is damaged"),
    (b"BM", "a BMP picture that is damaged or of a rare kind"),
)


def unsupported(encoded: bytes) -> str:
    """Returns why there is no decoder for a picture of a known kind, or nothing."""
    if encoded[4:8] == b"ftyp":
        if encoded[8:12] in _HEIF:
            return "HEIC and HEIF are not read: no decoder with a free licence is known"
        if encoded[8:12] in _AVIF:
            return "AVIF needs a Pillow with AVIF: pip install --upgrade pillow"
    return ""


def description(encoded: bytes) -> str:
    """Returns what bytes that are no picture look like, in a few words."""
    if not encoded:
        return "an empty file"
    if not any(encoded[:4096]):
        return "zeros, perhaps of a download that was not finished"
    for start, kind in _BINARY:
        if encoded.startswith(start):
            return kind
    if encoded[4:8] == b"ftyp":
        return "a video (MP4) or a picture of a phone"
    if encoded.startswith(b"RIFF"):
        is_webp = encoded[8:12] == b"WEBP"
        return "a WebP picture that is damaged" if is_webp else "a RIFF file"
    text = encoded[:256].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for start, kind in _TEXT:
        if text.startswith(start):
            return kind
    try:
        encoded[:256].decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < 250:
            return "bytes of no known kind of picture"
    return "text"
