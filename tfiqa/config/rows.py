"""Tables of extension points whose rows are imported on first lookup.

The names are known without an import, so that flags and `--help` are fast.
"""

import importlib
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Generic
from typing import TypeVar

Row = TypeVar("Row")


class LazyRows(Mapping[str, Row], Generic[Row]):
    """A mapping from names to rows, each an attribute of the module of that name.

    Args:
        package: The dotted name of the package that holds one module for each name.
        attribute: Name of the row in each module, such as `"METHOD"`.
        names: Names of the modules, which are the keys.
    """

    def __init__(self, package: str, attribute: str, names: tuple[str, ...]):
        self.package = package
        self.attribute = attribute
        self.names = names

    def __getitem__(self, name: str) -> Row:
        if name not in self.names:
            raise KeyError(name)
        module = importlib.import_module(f"{self.package}.{name}")
        return getattr(module, self.attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names
