"""Registration of our datasets with TFDS.

`datasets/` has no `__init__.py` that could register them on import: in a checkout it
would hide the package `datasets` of Hugging Face.
"""

import importlib

import tensorflow_datasets as tfds
from tensorflow_datasets.core import registered

from tfiqa.data import catalog


def register() -> None:
    """Lets `tfds.load` and `tfds.builder` find our datasets by name.

    Where TFDS has a dataset of the same name (`coco`, `imagenet2012`), it returns its
    own; ours is `tfiqa.datasets.NAME.NAME_dataset_builder.Builder`. Further calls do
    nothing.

    Example:
        >>> from tfiqa.data import registration
        >>> registration.register()
        >>> examples = tfds.load("koniq10k", split="train")
    """
    if not _PROVIDER.registered:
        registered.add_dataset_builder_provider(_PROVIDER)
        _PROVIDER.registered = True


class BuilderProvider:
    """Imports a builder when TFDS asks for its name.

    Attributes:
        registered: Whether TFDS has this provider.
    """

    registered = False

    def has_dataset(self, name: str) -> bool:
        """Returns whether there is a builder of this name."""
        return name in catalog.names()

    def get_builder_cls(self, name: str) -> type[tfds.core.DatasetBuilder]:
        """Returns the class of a builder."""
        module = f"tfiqa.datasets.{name}.{name}_dataset_builder"
        return importlib.import_module(module).Builder


_PROVIDER = BuilderProvider()
