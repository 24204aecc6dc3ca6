"""Prints requirements of `pyproject.toml`, one a line.

python .ci/requirements.py extra NAME                # the packages of an extra
python .ci/requirements.py lowest [EXTRA ...]        # lowest versions: constraints
"""

import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
_BOUNDED = re.compile(r"([\w.-]+)(?:\[[\w,-]+\])?(?:>=|==)([\w.]+)")


def declared(extras: list[str], *, base: bool = True) -> list[str]:
    """Returns the dependencies of the package and of the named extras."""
    project = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    lists = [project["optional-dependencies"][extra] for extra in extras]
    return sum(lists, project["dependencies"] if base else [])


def lowest(requirements: list[str]) -> list[str]:
    """Returns `name==version` for each requirement with a lower bound."""
    bounded = map(_BOUNDED.fullmatch, requirements)
    return [f"{match[1]}=={match[2]}" for match in bounded if match]


if __name__ == "__main__":
    what, *names = sys.argv[1:]
    if what == "extra":
        print(*declared(names, base=False), sep="\n")
    elif what == "lowest":
        print(*lowest(declared(names)), sep="\n")
    else:
        sys.exit(__doc__)
