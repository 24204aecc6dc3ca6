"""The scorers that come with the package; a card beside each describes it."""

import os
from pathlib import Path

# Folder of their files.
PRESETS = Path(__file__).parent / "presets"


def file_of(name_or_path: str | os.PathLike[str]) -> Path:
    """Returns a path as it is, or the file of the preset of that name.

    A file of the same name goes before a preset.
    """
    path = Path(name_or_path)
    if not path.is_file() and os.fspath(name_or_path) in list_presets():
        return PRESETS / f"{os.fspath(name_or_path)}.keras"
    return path


def list_presets() -> list[str]:
    """Returns the names of the scorers that come with the package, sorted.

    Example:
        >>> tfiqa.list_presets()
        ['brisque', 'hyperiqa', 'ilniqe', 'niqe', 'photo', 'photo_free', 'piqe']
    """
    return sorted(path.stem for path in PRESETS.glob("*.keras"))
