"""Who decodes pictures for scoring: this process, or one that may crash."""

from typing import Protocol

from tfiqa.data.decode import Decoded
from tfiqa.data.decode import Decoding
from tfiqa.data.decode import declared_size
from tfiqa.data.decode import decode_with_notes


class Decoder(Protocol):
    """Turns encoded pictures into pixels; its methods may run in several threads."""

    def decode(self, encoded: bytes, how: Decoding | None = None) -> Decoded:
        """Returns the pixels of a picture; see `decode.decode_with_notes`."""
        ...

    def declared_size(self, encoded: bytes) -> tuple[int, int]:
        """Returns (height, width) by the header; see `decode.declared_size`."""
        ...


class LocalDecoder:
    """Decodes in this process."""

    def decode(self, encoded: bytes, how: Decoding | None = None) -> Decoded:
        """Returns the pixels of a picture; see `decode.decode_with_notes`."""
        return decode_with_notes(encoded, how)

    def declared_size(self, encoded: bytes) -> tuple[int, int]:
        """Returns (height, width) by the header; see `decode.declared_size`."""
        return declared_size(encoded)


LOCAL = LocalDecoder()
