"""The help of a command: its docstring, and its own flags by topic."""

import re
import shutil
import sys
import textwrap
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

from absl import flags

# The arguments that ask for help.
REQUESTS = ("--help", "-help", "-h", "--helpshort", "-helpshort")

# Topics of the modules that define flags for a command, in order. The flags of the
# command itself come first.
_TOPICS = {
    "tfiqa.scoring.flags": "Scoring",
    "tfiqa.decisions.flags": "Decisions",
    "tfiqa.training.flags": "Training",
    "tfiqa.export.cli": "Comparison with the model",
    "tfiqa.cli.offline": "Network",
}
_OWN = "Flags"
_NARROWEST, _WIDEST, _INDENT = 60, 88, 26
_LONGEST_CHOICES = 40
# What absl adds to the text of a flag.
_ADDED = re.compile(r"^<[^>]*>: |;\s*repeat this option to specify a list of values$")


def is_requested(argv: list[str]) -> bool:
    """Returns whether the arguments of a command ask for help."""
    before = argv[1 : argv.index("--")] if "--" in argv else argv[1:]
    return any(argument in REQUESTS for argument in before)


def text(main: Callable[..., Any]) -> str:
    """Returns the help of the command that runs `main`, with all flags defined."""
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    about = (sys.modules[main.__module__].__doc__ or "").strip()
    return "\n".join([about, *_sections(main.__module__, width)])


def usage_error(error: object) -> str:
    """Returns the message for wrong usage, with the way to the help."""
    return f"{error}\nPass --help to see the flags."


def _sections(module: str, width: int) -> Iterator[str]:
    by_module = flags.FLAGS.flags_by_module_dict()
    # Those of the command itself first. A module that is run has another name.
    own = dict.fromkeys((module, sys.argv[0]))
    for name in [*own, *_TOPICS]:
        rows = sorted(by_module.get(name, ()), key=lambda flag: flag.name)
        if rows:
            yield f"\n{_TOPICS.get(name, _OWN)}:"
            yield from (_described(flag, width) for flag in rows)


def _described(flag: flags.Flag, width: int) -> str:
    """Returns name, value, meaning and default of a flag, as lines."""
    head = f"  --{flag.name}{_value(flag)}"
    about = f"{_about(flag)}{_default(flag)}"
    lines = textwrap.wrap(about, width - _INDENT) or [""]
    space = " " * _INDENT
    if len(head) + 2 > _INDENT:
        return "\n".join([head, *(space + line for line in lines)])
    first, *rest = lines
    return "\n".join([head.ljust(_INDENT) + first, *(space + line for line in rest)])


def _about(flag: flags.Flag) -> str:
    about = _ADDED.sub("", _ADDED.sub("", flag.help or ""))
    choices = _choices(flag)
    if len(choices) > _LONGEST_CHOICES:
        about = f"{about} One of {choices.replace('|', ', ')}."
    repeatable = isinstance(flag, flags.MultiFlag) and "epeat" not in about
    return f"{about} May be repeated." if repeatable else about


def _value(flag: flags.Flag) -> str:
    if flag.boolean:
        return ""
    choices = _choices(flag)
    if choices:
        return "=NAME" if len(choices) > _LONGEST_CHOICES else f"={choices}"
    return {"int": "=N", "float": "=X"}.get(flag.parser.flag_type(), "=TEXT")


def _choices(flag: flags.Flag) -> str:
    return "|".join(getattr(flag.parser, "enum_values", None) or ())


def _default(flag: flags.Flag) -> str:
    if flag.default is None or flag.default is False or flag.default in ([], ""):
        return ""
    if flag.boolean:
        return f" (default; --no{flag.name} switches it off)"
    value = flag.default
    shown = ",".join(map(str, value)) if isinstance(value, list | tuple) else value
    return f" (default: {shown})"
