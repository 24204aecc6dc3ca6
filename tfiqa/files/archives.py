"""Zip archives from untrusted sources."""

import os
import zipfile

# An archive above both limits is refused; archives of weights stay far below.
_MOST_BYTES = 1 << 28
_MOST_RATIO = 20


def check_unpacked_size(path: str | os.PathLike[str]) -> None:
    """Raises an error for an archive that unpacks to far more than its own size.

    Weights hardly compress.

    Raises:
        ValueError: If it does, or is not a zip archive.
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
