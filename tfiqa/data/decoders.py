"""Decoders of images for scoring: in this process, or in one that may crash."""

from typing import Protocol

from tfiqa.data.decode import Decoded
from tfiqa.data.decode import Decoding
from tfiqa.data.decode import declared_size
from tfiqa.data.decode import decode_with_notes


class Decoder(Protocol):
    """Decodes images; its methods are thread-safe."""

    def decode(self, encoded: bytes, decoding: Decoding | None = None) -> Decoded:
        """Returns the pixels of an image; see `decode.decode_with_notes`."""
        ...

    def declared_size(self, encoded: bytes) -> tuple[int, int]:
        """Returns (height, width) from the header; see `decode.declared_size`."""
        ...


class LocalDecoder:
    """Decodes in this process."""

    def decode(self, encoded: bytes, decoding: Decoding | None = None) -> Decoded:
        """Returns the pixels of an image; see `decode.decode_with_notes`."""
        return decode_with_notes(encoded, decoding)

    def declared_size(self, encoded: bytes) -> tuple[int, int]:
        """Returns (height, width) from the header; see `decode.declared_size`."""
        return declared_size(encoded)


LOCAL = LocalDecoder()
