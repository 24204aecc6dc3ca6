"""Tests of the console script."""

import subprocess
import sys

import pytest

from tests.support.fresh import ROOT
from tests.test_commands import COMMANDS
from tfiqa import __version__
from tfiqa import export
from tfiqa.cli import console


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tfiqa", *arguments],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_every_command_is_listed_with_its_meaning():
    known = console.commands()
    assert set(known) == COMMANDS | {f"export.{name}" for name in export.__all__}
    assert all(about.endswith(".") for about in known.values())
    done = run("--help")
    assert done.returncode == 0
    for name, about in known.items():
        assert f"  {name} " in done.stdout
        assert about in done.stdout


def test_every_command_has_flags_and_a_main_function():
    import importlib

    for name in console.commands():
        module = importlib.import_module(f"tfiqa.{name}")
        assert callable(module.define_flags)
        assert callable(module.main)


def test_no_command_is_wrong_usage():
    done = run()
    assert done.returncode == 2
    assert "tfiqa COMMAND [ARGUMENTS]" in done.stdout


def test_unknown_commands_are_named_with_the_nearest_one():
    done = run("trian")
    assert done.returncode == 2
    assert "Received: 'trian'. Did you mean train?" in done.stderr


def test_the_version_is_told():
    assert run("--version").stdout.strip() == f"tfiqa {__version__}"


@pytest.mark.parametrize("name", [["export.tflite"], ["export", "tflite"]])
def test_a_command_runs_with_its_arguments_and_status(name):
    done = run(*name, "only_one")
    assert done.returncode == 2
    assert "SCORER and FILE.tflite are expected." in done.stderr
    done = run(*name, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith("Exports a scorer for LiteRT")
    assert "--precision" in done.stdout
