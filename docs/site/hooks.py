"""Pages of the documentation site that are made from files outside `docs/`.

README, CONTRIBUTING, the cards of the presets and the pages of the databases become
pages; other files that pages link to are copied. `docs/site/reference.toml` lists the
modules of the reference.
"""

import os
import posixpath
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]
# Pages by the path of their source in the repository.
_PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "CODE_OF_CONDUCT.md": "code_of_conduct.md",
    "benchmarks/README.md": "benchmarks.md",
}
_LINK = re.compile(r"(\]\()([^)#:\s]+)(#[^)]*)?(\))")


def on_files(files, config):
    """Adds the pages and the files that are outside `docs/`."""
    sources = dict(_outside())
    pages = [f"docs/{file.src_uri}" for file in files if file.is_documentation_page()]
    for source in [*pages, *sources]:
        text = (ROOT / source).read_text(encoding="utf-8")
        for target in _copied(text, source):
            _copy(files, config, target)
        if source in sources:
            _add(files, config, sources[source], _with_links(text, source))
    for page, text in _reference():
        _add(files, config, page, text)
    return files


def on_page_markdown(markdown, page, config, files):
    """Points the links of pages in `docs/` to the pages and files that were added."""
    source = f"docs/{page.file.src_uri}"
    return _with_links(markdown, source) if (ROOT / source).is_file() else markdown


def _outside() -> Iterator[tuple[str, str]]:
    """Yields source and page of what is outside `docs/`."""
    for source, page in _PAGES.items():
        if (ROOT / source).is_file():
            yield source, page
    for card in sorted((ROOT / "tfiqa/scoring/presets").glob("*.md")):
        yield card.relative_to(ROOT).as_posix(), f"presets/{card.name}"
    for readme in sorted((ROOT / "datasets").glob("*/README.md")):
        yield readme.relative_to(ROOT).as_posix(), f"database/{readme.parent.name}.md"


def _reference() -> Iterator[tuple[str, str]]:
    """Yields a page for each group of modules."""
    content = tomllib.loads((Path(__file__).parent / "reference.toml").read_text())
    for name, group in content.items():
        lines = [f"# {group['title']}", "", group["about"], ""]
        for module in group["modules"]:
            lines += [f"::: {module}", ""]
        yield f"reference/{name}.md", "\n".join(lines)


def _with_links(text: str, source: str) -> str:
    """Returns a text whose relative links lead to pages of the site."""
    here = _place(source)

    def changed(match: re.Match) -> str:
        target = _resolved(match[2], source)
        if target is None:
            return match[0]
        there = posixpath.relpath(_place(target), posixpath.dirname(here) or ".")
        return f"{match[1]}{there}{match[3] or ''}{match[4]}"

    return _LINK.sub(changed, text)


def _resolved(link: str, source: str) -> str | None:
    """Returns the path of a linked file in the repository, if there is one."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    return target if (ROOT / target).is_file() else None


def _place(source: str) -> str:
    """Returns where a file of the repository is in the site."""
    pages = dict(_outside())
    if source in pages:
        return pages[source]
    inside = source.removeprefix("docs/")
    return inside if inside != source else f"files/{source}"


def _copied(text: str, source: str) -> Iterator[str]:
    """Yields the files outside `docs/` that a text links to and that are no pages."""
    for match in _LINK.finditer(text):
        target = _resolved(match[2], source)
        if target is not None and _place(target).startswith("files/"):
            yield target


def _add(files, config, page: str, text: str) -> None:
    files.append(File.generated(config, page, content=text))


def _copy(files, config, target: str) -> None:
    place = _place(target)
    if files.get_file_from_path(place) is None:
        path = os.fspath(ROOT / target)
        files.append(File.generated(config, place, abs_src_path=path))
