"""Messages between a process and its decoding child process.

A message is a JSON object and a block of bytes. Nothing is unpickled: a compromised
decoder can send numbers, texts and pixels, but no code.
"""

import json
import struct
from typing import IO
from typing import Any

_LENGTHS = ">IQ"
_MAX_JSON = 1 << 20


def write(file: IO[bytes], facts: dict[str, Any], block: Any = b"") -> None:
    """Writes a message.

    Args:
        file: A file open for writing.
        facts: The JSON object.
        block: Bytes, or an object with a buffer, such as an array.
    """
    text = json.dumps(facts).encode()
    view = memoryview(block).cast("B")
    file.write(struct.pack(_LENGTHS, len(text), len(view)) + text)
    file.write(view)
    file.flush()


def read(file: IO[bytes], *, max_bytes: int) -> tuple[dict[str, Any], bytearray]:
    """Returns the facts and the block of a message.

    Args:
        file: A file open for reading.
        max_bytes: Longest block that is read.

    Raises:
        EOFError: If the file ends before the message does.
        ValueError: If the message is invalid, or its block is longer.
    """
    lengths = _exactly(file, struct.calcsize(_LENGTHS))
    text_length, length = struct.unpack(_LENGTHS, lengths)
    if text_length > _MAX_JSON or length > max_bytes:
        raise ValueError(f"a block of at most {max_bytes:,} bytes is expected")
    facts = json.loads(_exactly(file, text_length))
    if not isinstance(facts, dict):
        raise ValueError("a JSON object is expected")
    return facts, _exactly(file, length)


def _exactly(file: IO[bytes], length: int) -> bytearray:
    block = bytearray(length)
    view, position = memoryview(block), 0
    while position < length:
        count = file.readinto(view[position:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        position += count
    return block
