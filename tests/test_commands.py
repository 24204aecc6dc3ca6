"""What all commands promise: they are light until they work."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = {
    path.stem
    for path in (ROOT / "tfiqa").glob("*.py")
    if not path.stem.startswith("_") and '__name__ == "__main__"' in path.read_text()
}

# What takes seconds to import.
HEAVY = {
    *("jax", "keras", "keras_hub", "matplotlib", "numpy", "PIL", "scipy", "sklearn"),
    *("tensorflow", "tensorflow_datasets"),
}

# Defines the flags and parses a wrong one, as every usage error does.
WRONG_USAGE = """
import importlib, sys
from absl import flags
command = importlib.import_module("tfiqa.{command}")
command.define_flags()
try:
    flags.FLAGS(["{command}", "--no_such_flag"])
except flags.Error as error:
    print(type(error).__name__, *sys.modules)
"""


def python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_commands_are_found():
    assert {"evaluate", "prepare", "score", "train"} <= COMMANDS


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_usage_error_imports_nothing_heavy(command):
    done = python("-c", WRONG_USAGE.format(command=command))
    error, *modules = done.stdout.split()
    assert error in ("UnrecognizedFlagError", "IllegalFlagValueError"), done.stderr
    assert f"tfiqa.{command}" in modules
    assert not HEAVY & set(modules)


# Flags that are right, without the arguments that a command asks for.
NO_ARGUMENTS = """
import sys
from tfiqa import {command} as module
from tfiqa.cli.command import run
sys.argv = ["{command}", *{flags}]
try:
    run(module.define_flags, module.main)
except SystemExit as error:
    print(error.code, *sys.modules)
"""


@pytest.mark.parametrize(
    ("command", "flags"), [("score", ["--model=x"]), ("prepare", [])]
)
def test_missing_arguments_import_nothing_heavy(command, flags):
    done = python("-c", NO_ARGUMENTS.format(command=command, flags=flags))
    status, *modules = done.stdout.splitlines()[-1].split()
    assert status == "2", done.stderr
    assert not HEAVY & set(modules)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_imports_nothing_heavy(command):
    done = python("-X", "importtime", "-m", f"tfiqa.{command}", "--help")
    lines = [line for line in done.stderr.splitlines() if "import time:" in line]
    modules = {line.rpartition("|")[2].strip() for line in lines}
    assert "tfiqa.cli.command" in modules
    assert not HEAVY & modules
    assert "tfiqa" in done.stdout


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_wrong_usage_has_the_status_2(command):
    done = python("-m", f"tfiqa.{command}", "--no_such_flag")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr


def test_flags_are_read_by_commands_alone():
    """What they call takes arguments, so that it can be called from Python."""
    readers = set()
    for path in (ROOT / "tfiqa").rglob("*.py"):
        text = path.read_text()
        if '__name__ == "__main__"' in text or path.parent.name == "cli":
            continue
        nodes = ast.walk(ast.parse(text))
        names = {getattr(node, "attr", getattr(node, "id", None)) for node in nodes}
        if "FLAGS" in names:
            readers.add(path.relative_to(ROOT).as_posix())
    assert not readers
