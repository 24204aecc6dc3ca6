"""The console script: `tfiqa COMMAND ...` is `python -m tfiqa.COMMAND ...`."""

import ast
import difflib
import importlib
import sys
from collections.abc import Iterator
from importlib import resources

from tfiqa import __version__
from tfiqa.cli import command
from tfiqa.cli.help import REQUESTS
from tfiqa.cli.status import Status

# Packages with commands, and how their names begin.
_PACKAGES = {"tfiqa": "", "tfiqa.export": "export."}
# The condition under which a module is a command, as `ast` writes it.
_GUARD = "__name__ == '__main__'"
_INDENT = 22


def main() -> None:
    """Runs the command that the first argument names; exits with its status."""
    name, arguments = _split(sys.argv[1:])
    if name is None or name in REQUESTS:
        print(_overview())
        sys.exit(Status.USAGE if name is None else Status.OK)
    if name == "--version":
        print(f"tfiqa {__version__}")
        sys.exit(Status.OK)
    known = commands()
    if name not in known:
        print(_unknown(name, list(known)), file=sys.stderr)
        sys.exit(Status.USAGE)
    module = importlib.import_module(f"tfiqa.{name}")
    sys.argv = [f"tfiqa {name}", *arguments]
    command.run(module.define_flags, module.main)


def commands() -> dict[str, str]:
    """Returns the first line of the docstring of each command, by name."""
    return dict(sorted(_commands()))


def _commands() -> Iterator[tuple[str, str]]:
    for package, prefix in _PACKAGES.items():
        for file in resources.files(package).iterdir():
            if not file.name.endswith(".py") or file.name.startswith("_"):
                continue
            tree = ast.parse(file.read_text(encoding="utf-8"))
            if _is_command(tree):
                about = ast.get_docstring(tree) or ""
                yield prefix + file.name.removesuffix(".py"), about.partition("\n")[0]


def _is_command(tree: ast.Module) -> bool:
    tests = (node.test for node in tree.body if isinstance(node, ast.If))
    return any(ast.unparse(test) == _GUARD for test in tests)


def _split(arguments: list[str]) -> tuple[str | None, list[str]]:
    """Returns the name of the command, if any, and its arguments.

    `export saved_model` names the same command as `export.saved_model`.
    """
    if not arguments:
        return None, []
    name, *rest = arguments
    if name == "export" and rest and not rest[0].startswith("-"):
        return f"export.{rest[0]}", rest[1:]
    return name, rest


def _overview() -> str:
    rows = [f"  {name:<{_INDENT}}{about}" for name, about in commands().items()]
    return "\n".join(
        [
            "Image quality assessment: the quality that people would see in an image.",
            "",
            "tfiqa COMMAND [ARGUMENTS]    (or: python -m tfiqa.COMMAND)",
            "",
            *rows,
            "",
            "tfiqa COMMAND --help describes a command, tfiqa --version the version.",
        ]
    )


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"One of {', '.join(known)} is expected. Received: {name!r}.{hint}"
