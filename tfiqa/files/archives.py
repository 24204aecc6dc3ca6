"""Zip archives that may lie about what is in them."""

import os
import zipfile

# Above both, an archive unpacks to more than any honest one of weights does.
_MOST_BYTES = 1 << 28
_MOST_RATIO = 20


def check_unpacked_size(path: str | os.PathLike[str]) -> None:
    """Raises an error for an archive that unpacks to far more than it is.

    Weights hardly shrink when they are packed.

    Raises:
        ValueError: If it does, or is no zip archive.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise ValueError(f"a zip archive is expected: {error}") from error
    packed = os.path.getsize(path)
    if unpacked > _MOST_BYTES and unpacked > _MOST_RATIO * packed:
        raise ValueError(
            f"an archive of {packed:,} bytes that unpacks to at most {_MOST_RATIO} "
            f"times as many is expected. Received: one that unpacks to {unpacked:,}"
        )
