"""Writes the tables of `licences.md` from the metadata of installed packages.

    python docs/write_licences.py [FOLDER ...]

reads this environment and folders `site-packages` of other ones, since some extras are
tested in environments of their own. A package that is found nowhere keeps its row.
"""

import importlib.metadata as metadata
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("licences.md")
HEADINGS = ("## Declared", "## Installed with them")
_NAME = re.compile(r"[\w.-]+")
# How files of licences name them.
_TITLES = re.compile(r"Apache License, Version 2\.0|MIT License|BSD License")
# Short names for what metadata call by their complete names.
_SHORT = {
    "Apache Software License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "2-clause BSD License": "BSD-2-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
}


def declared() -> dict[str, list[str]]:
    """Returns the extras that need each declared package; "" is the package itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    found: dict[str, list[str]] = {}
    for extra, requirements in groups.items():
        for requirement in requirements:
            found.setdefault(normalized(requirement), []).append(extra)
    return dict(sorted(found.items()))


def normalized(requirement: str) -> str:
    """Returns the name of a package as package indexes compare names."""
    match = _NAME.match(requirement)
    assert match is not None, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def installed(folders: Iterable[str]) -> dict[str, metadata.Distribution]:
    """Returns the packages of this environment and of other folders, by name."""
    found: dict[str, metadata.Distribution] = {}
    for path in (sys.path, *([folder] for folder in folders)):
        for one in metadata.distributions(path=path):
            found.setdefault(normalized(one.metadata["Name"]), one)
    return found


def licence(distribution: metadata.Distribution) -> str:
    """Returns the licence that the metadata of a package state, or an empty text."""
    facts = distribution.metadata
    if expression := facts.get("License-Expression"):
        return expression
    named = [
        line.rpartition(" :: ")[2]
        for line in facts.get_all("Classifier") or ()
        if line.startswith("License :: ") and line.count(" :: ") > 1
    ] or [(facts.get("License") or "").strip().partition("\n")[0]]
    if named in ([""], ["UNKNOWN"]):
        named = [_named_in_file(distribution)]
    return ", ".join(_SHORT.get(name, name) for name in named)


def _named_in_file(distribution: metadata.Distribution) -> str:
    """Returns the licence that the file of a package names; the metadata state none."""
    for file in distribution.files or ():
        is_licence = file.name.upper().startswith("LICEN")
        if is_licence and (match := _TITLES.search(file.read_text())):
            return f"{_SHORT.get(match[0], match[0])} (by its file)"
    return "not stated"


def below(names: Iterable[str], found: dict[str, metadata.Distribution]) -> set[str]:
    """Returns the installed packages that these ones need, at any depth."""
    reached, pending = set(), [name for name in names if name in found]
    while pending:
        name = pending.pop()
        if name in reached:
            continue
        reached.add(name)
        needs = [one for one in found[name].requires or () if "extra ==" not in one]
        pending += [one for one in map(normalized, needs) if one in found]
    return reached


def rows(page: str) -> dict[str, str]:
    """Returns the rows of a page by the package that they describe."""
    return dict(re.findall(r"^(?=\| `([\w.-]+)` )(.*)$", page, re.MULTILINE))


def written(page: str, found: dict[str, metadata.Distribution]) -> str:
    """Returns the page with the licences of these packages."""
    before = page.partition(HEADINGS[0])[0]
    old, direct = rows(page), declared()
    lines = [HEADINGS[0], "", "| package | for | licence |", "|---|---|---|"]
    for name, extras in direct.items():
        places = ", ".join(f"`[{one}]`" if one else "tfiqa" for one in extras)
        new = (
            f"| `{name}` | {places} | {licence(found[name])} |" if name in found else ""
        )
        lines.append(new or old.get(name) or f"| `{name}` | {places} | |")
    base = [name for name, extras in direct.items() if "" in extras]
    lines += ["", HEADINGS[1], "", "| package | licence |", "|---|---|"]
    lines += [
        f"| `{name}` | {licence(found[name])} |"
        for name in sorted(below(base, found) - set(direct))
    ]
    return before + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8"), installed(sys.argv[1:])), "utf-8")
