"""Collects the messages of libtiff, instead of printing them to standard error."""

import contextlib
import ctypes
from collections.abc import Iterator

from PIL import _imaging  # type: ignore[attr-defined]

_HANDLER = ctypes.CFUNCTYPE(
    None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p, use_errno=False
)
_LONGEST = 300


@contextlib.contextmanager
def collected() -> Iterator[list[str]]:
    """Yields a list that receives the errors of libtiff while the context lasts.

    Otherwise libtiff prints them without the name of the file. The setting is
    process-wide, so only one context may be active. If Pillow hides its libtiff, as on
    Windows, nothing is collected.
    """
    messages: list[str] = []
    try:
        library = ctypes.CDLL(_imaging.__file__)
        setters = (library.TIFFSetErrorHandler, library.TIFFSetWarningHandler)
        format_ = ctypes.CDLL(None).vsnprintf
    except (AttributeError, OSError, TypeError):
        yield messages
        return

    def keep(module, text, arguments):
        buffer = ctypes.create_string_buffer(_LONGEST)
        format_(buffer, ctypes.c_size_t(_LONGEST), text, ctypes.c_void_p(arguments))
        messages.append(buffer.value.decode("utf-8", "replace"))

    handlers = (_HANDLER(keep), _HANDLER(lambda *_: None))
    for setter in setters:
        setter.restype, setter.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    previous = [
        setter(ctypes.cast(handler, ctypes.c_void_p))
        for setter, handler in zip(setters, handlers, strict=True)
    ]
    try:
        yield messages
    finally:
        for setter, handler in zip(setters, previous, strict=True):
            setter(handler)
