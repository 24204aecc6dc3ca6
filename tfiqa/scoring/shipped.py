"""The scorers that come with the package; a card beside each describes it."""

from pathlib import Path

# Folder of their files.
PRESETS = Path(__file__).parent / "presets"


def list_presets() -> list[str]:
    """Returns the names of the scorers that come with the package, sorted.

    Example:
        >>> tfiqa.list_presets()
        ['brisque', 'hyperiqa', 'ilniqe', 'niqe', 'photo', 'piqe']
    """
    return sorted(path.stem for path in PRESETS.glob("*.keras"))
