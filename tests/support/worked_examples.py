"""The worked examples of CONTRIBUTING: which block belongs into which file, and where.

The first line of a block names its file. Alone, it is a new file; `in NAME` is a row of
the table that is assigned to `NAME`, `at its end` is added to a file.
"""

import ast
import dataclasses
import re
from pathlib import Path

from tests.support.fresh import ROOT

PAGE = ROOT / "CONTRIBUTING.md"

_SECTION = re.compile(r"^## To add a\n(.*?)^## ", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(
    r"^```\w+\n# (?P<path>[\w./]+)"
    r"(?:, in (?P<table>\w+)|(?P<end>, at its end))?\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Block:
    """One block of code.

    Attributes:
        path: Its file, in the repository.
        text: The code, without the line that names the file.
        table: The name of the table that it is a row of; empty if it is none.
        at_end: Whether it is added to the end of a file.
    """

    path: str
    text: str
    table: str = ""
    at_end: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it is a file of its own."""
        return not self.table and not self.at_end

    def write(self, root: Path) -> None:
        """Writes the block into a copy of the repository."""
        path = root / self.path
        if self.is_new:
            assert not path.exists(), f"{self.path} is there already."
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text)
        elif self.at_end:
            path.write_text(f"{path.read_text()}\n\n{self.text}")
        else:
            path.write_text(with_row(path.read_text(), self.table, self.text))


def sections() -> dict[str, list[Block]]:
    """Returns the blocks of each kind of example, by its title.

    Raises:
        ValueError: If a block of the section does not name its file.
    """
    (section,) = _SECTION.findall(PAGE.read_text())
    result = {}
    for part in section.split("\n### ")[1:]:
        title, _, body = part.partition("\n")
        blocks = [
            Block(
                match["path"], match["text"], match["table"] or "", bool(match["end"])
            )
            for match in _BLOCK.finditer(body)
        ]
        if len(re.findall(r"^```\w", body, re.MULTILINE)) != len(blocks):
            raise ValueError(f"Blocks that name their files are expected in {title!r}.")
        result[title] = blocks
    return result


def with_row(source: str, table: str, row: str) -> str:
    """Returns a module with a row added to the table assigned to a name.

    Args:
        source: The module.
        table: The name.
        row: The row, after the imports it needs, if any.
    """
    lines, body = source.splitlines(keepends=True), ast.parse(source).body
    imports = [line for line in row.splitlines() if re.match(r"import |from ", line)]
    row = "\n".join(line for line in row.splitlines() if line not in imports).strip()
    end = closing_bracket(body, table)
    # What is further down goes first: the lines above keep their numbers.
    before, after = lines[end[0]][: end[1]], lines[end[0]][end[1] :]
    lines[end[0]] = f"{before}{row}\n{after}"
    first = next(n for n in body if isinstance(n, ast.Import | ast.ImportFrom))
    lines[first.lineno - 1 : first.lineno - 1] = [f"{line}\n" for line in imports]
    return "".join(lines)


def closing_bracket(body: list[ast.stmt], table: str) -> tuple[int, int]:
    """Returns the line, from 0, and the column of the bracket that closes a table."""
    for node in body:
        names = getattr(node, "targets", [getattr(node, "target", None)])
        if table in [one.id for one in names if isinstance(one, ast.Name)]:
            value = node.value
            # The rows of a call, `LazyRows(..., rows)`, are its last argument.
            value = value.args[-1] if isinstance(value, ast.Call) else value
            return value.end_lineno - 1, value.end_col_offset - 1
    raise ValueError(f"An assignment to {table} is expected.")
