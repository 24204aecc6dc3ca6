"""The ImageNet weights of the papers: torchvision's first ones, by file and checksum.

`"torchvision"` names them. They are searched for in the caches of torch and of Keras,
and else downloaded. The last part of a file's name is the beginning of its SHA-256,
which is checked. `"imagenet"` are those that KerasHub or Keras publishes: for the
ResNets, timm's newer recipe A1, with the same network but other features. The papers of
HyperIQA, CONTRIQUE (its row "ResNet-50") and contentsep used torchvision's.
"""

import hashlib
import os
import re
from pathlib import Path

import keras

URL = "https://download.pytorch.org/models/"

# By key of `BACKBONES`. `resnet50-19c8e357.pth`, of before 2021, holds the same
# weights.
FILES = {
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-0676ba61.pth",
    "vgg16_torchvision": "vgg16-397923af.pth",
}
OLDER = {"resnet50": ("resnet50-19c8e357.pth",)}

# Read once: 100 MB take a moment.
_CHECKED: set[tuple[str, int, int]] = set()


def torchvision_file(name: str) -> Path:
    """Returns the file of torchvision's ImageNet weights of a backbone.

    Args:
        name: A key of `FILES`.

    Raises:
        ValueError: If there are none of this backbone, a file was altered, or there is
            no file and it cannot be downloaded; says what to do.
    """
    if name not in FILES:
        raise ValueError(
            f"Torchvision's weights are those of {', '.join(FILES)}; others have "
            f"'imagenet' or a file. Received: {name!r}"
        )
    for folder in folders():
        for file in (FILES[name], *OLDER.get(name, ())):
            if (folder / file).is_file():
                check_sum(folder / file)
                return folder / file
    return _downloaded(FILES[name])


def folders() -> list[Path]:
    """Returns the folders that are searched: the caches of torch and of Keras."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    torch = Path(os.environ.get("TORCH_HOME", cache / "torch")).expanduser()
    return [torch / "hub" / "checkpoints", _keras_folder()]


def check_sum(path: Path) -> None:
    """Raises `ValueError` unless a file has the checksum that its name may state."""
    match = re.fullmatch(r".+-([0-9a-f]{8})\.pth", path.name)
    facts = path.stat()
    key = (str(path), facts.st_size, facts.st_mtime_ns)
    if match is None or key in _CHECKED:
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(match[1]):
        raise ValueError(
            f"A file whose SHA-256 begins with {match[1]} is expected: {path}. "
            f"Received: {digest[:8]}; it is incomplete or altered. Remove it to get it "
            "again."
        )
    _CHECKED.add(key)


def _keras_folder() -> Path:
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"


def _downloaded(file: str) -> Path:
    try:
        folder = _keras_folder()
        path = keras.utils.get_file(
            file, URL + file, cache_dir=folder.parent, cache_subdir=folder.name
        )
    except Exception as error:  # Keras raises errors of its own for each kind.
        begins = file.rpartition("-")[2].removesuffix(".pth")
        raise ValueError(
            f"The papers' ImageNet weights, torchvision's {file} (its SHA-256 begins "
            f"with {begins}), are expected in one of "
            f"{', '.join(map(str, folders()))}, or at {URL}{file}. "
            f"Received: no file, and no download: {error}. Put the file "
            "there, name it as the weights, or choose 'imagenet': KerasHub's weights "
            "of another training (timm's A1) with other features."
        ) from error
    check_sum(Path(path))
    return Path(path)
