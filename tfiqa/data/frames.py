"""Messages between a process and the one that decodes for it.

A message is a JSON object and a block of bytes. Nothing is unpickled: whoever took over
the decoder can send numbers, texts and pixels, and no code.
"""

import json
import struct
from typing import IO
from typing import Any

_LENGTHS = ">IQ"
_MOST_JSON = 1 << 20


def write(file: IO[bytes], facts: dict[str, Any], block: Any = b"") -> None:
    """Writes a message.

    Args:
        file: Open for writing.
        facts: Ready for JSON.
        block: Bytes, or what offers them: an array, say.
    """
    text = json.dumps(facts).encode()
    view = memoryview(block).cast("B")
    file.write(struct.pack(_LENGTHS, len(text), len(view)) + text)
    file.write(view)
    file.flush()


def read(file: IO[bytes], *, most: int) -> tuple[dict[str, Any], bytearray]:
    """Returns the facts and the block of a message.

    Args:
        file: Open for reading.
        most: Longest block that is read, in bytes.

    Raises:
        EOFError: If the file ends before the message does.
        ValueError: If it is no message, or its block is longer.
    """
    lengths = _exactly(file, struct.calcsize(_LENGTHS))
    text_length, length = struct.unpack(_LENGTHS, lengths)
    if text_length > _MOST_JSON or length > most:
        raise ValueError(f"a block of at most {most:,} bytes is expected")
    facts = json.loads(_exactly(file, text_length))
    if not isinstance(facts, dict):
        raise ValueError("an object of JSON is expected")
    return facts, _exactly(file, length)


def _exactly(file: IO[bytes], length: int) -> bytearray:
    block = bytearray(length)
    view, place = memoryview(block), 0
    while place < length:
        count = file.readinto(view[place:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        place += count
    return block
