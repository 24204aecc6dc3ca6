"""Metadata in the file of a scorer, changed without loading it.

Weights stay byte for byte. A light file beside the scorer names its SHA-256 and is
changed with it.
"""

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from tfiqa.files.atomic import replacing
from tfiqa.scoring.runtimes import light_file

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


def failed_line(name: str, metadata: dict[str, Any]) -> str | None:
    """Returns a line about the bad marks of a scorer; None if there are none.

    Args:
        name: Name of the scorer, for the line.
        metadata: Its metadata.
    """
    certificate = metadata.get(CERTIFICATE)
    bad = certificate.get("bad") if isinstance(certificate, dict) else None
    if not isinstance(bad, list) or not bad:
        return None
    return f"{name}: bad marks in its certificate: {', '.join(map(str, bad))}"


def _changed(content: bytes, key: str, value: Any, path: Path) -> bytes:
    config = json.loads(content)
    last = config["config"]["layers"][-1]
    options = last["config"]
    holder = options["mos"] if last["class_name"] == "PackagedTrunk" else options
    if not isinstance(holder.get("metadata"), dict):
        raise ValueError(
            "A scorer, whose last layer has metadata, is expected. "
            f"Received: {path}, which ends in {last['class_name']!r}"
        )
    holder["metadata"][key] = value
    return json.dumps(config).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
