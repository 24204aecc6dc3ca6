"""Names of the datasets that have a builder here."""

import importlib
import pkgutil


def names() -> list[str]:
    """Returns the datasets that have a builder here, sorted."""
    package = importlib.import_module("tfiqa.datasets")
    return sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.ispkg)
