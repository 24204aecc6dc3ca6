"""Metadata in the file of a scorer, changed without loading it.

Weights stay byte for byte. A light file beside the scorer names its SHA-256 and is
changed with it.
"""

import hashlib
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from tfiqa.files.atomic import replacing
from tfiqa.scoring.runtimes import light_file
from tfiqa.scoring.shipped import file_of

_CONFIG = "config.json"
# Key of the certificate in the metadata; see `tfiqa.certify`.
CERTIFICATE = "certificate"


def set_metadata(path: Path, key: str, value: Any) -> None:
    """Sets one key of the metadata of a scorer in its file.

    Args:
        path: A `.keras` file, which is replaced.
        key: The key.
        value: The value, as JSON.

    Raises:
        ValueError: If the last layer of the file has no metadata.
        OSError: If a file cannot be written.
    """
    before = path.read_bytes()
    with (
        replacing(path) as written,
        zipfile.ZipFile(path) as old,
        zipfile.ZipFile(written, "w") as new,
    ):
        for member in old.infolist():
            content = old.read(member)
            if member.filename == _CONFIG:
                content = _changed(content, key, value, path)
            new.writestr(member, content, member.compress_type)
    light = light_file.path_beside(path)
    if light.is_file():
        after = path.read_bytes()
        light_file.rebind(light, _sha256(before), _sha256(after))


def read_metadata(path: Path) -> dict[str, Any]:
    """Returns the metadata in the file of a scorer, without loading it.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no `.keras` file whose last layer has metadata.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _holder(json.loads(archive.read(_CONFIG)), path)["metadata"]
    except (KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"The `.keras` file of a scorer is expected. Received: {path}"
        ) from error


def bad_marks_line(model: object) -> str | None:
    """Returns a line that names the bad marks of a scorer; None if it has none.

    Args:
        model: File of a scorer, or name of a preset; others have no line.
    """
    if not isinstance(model, str | os.PathLike):
        return None
    try:
        certificate = read_metadata(file_of(model)).get(CERTIFICATE)
    except (OSError, ValueError):  # Another kind of model, or loading says why.
        return None
    bad = certificate.get("bad") if isinstance(certificate, dict) else None
    if not isinstance(bad, list) or not bad:
        return None
    return (
        f"{os.fspath(model)}: bad marks in its certificate: {', '.join(map(str, bad))}"
    )


def _changed(content: bytes, key: str, value: Any, path: Path) -> bytes:
    config = json.loads(content)
    _holder(config, path)["metadata"][key] = value
    return json.dumps(config).encode()


def _holder(config: dict[str, Any], path: Path) -> dict[str, Any]:
    """Returns the options of the last layer that hold the metadata."""
    last = config["config"]["layers"][-1]
    options = last["config"]
    holder = options["mos"] if last["class_name"] == "PackagedTrunk" else options
    if not isinstance(holder.get("metadata"), dict):
        raise ValueError(
            "A scorer, whose last layer has metadata, is expected. "
            f"Received: {path}, which ends in {last['class_name']!r}"
        )
    return holder


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
