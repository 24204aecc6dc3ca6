"""The commands start light, and say in one line what is wrong."""

import importlib.util

import pytest

from tests.test_commands import HEAVY
from tests.test_commands import WRONG_USAGE
from tests.test_commands import python

COMMANDS = ("beam.score", "beam.features")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_usage_error_imports_nothing_heavy(command):
    done = python("-c", WRONG_USAGE.format(command=command))
    error, *modules = done.stdout.split()
    assert error in ("UnrecognizedFlagError", "IllegalFlagValueError"), done.stderr
    assert not {*HEAVY, "apache_beam", "pyarrow"} & set(modules)


def test_help_names_the_flags_of_beam():
    done = python("-m", "tfiqa.beam.score", "--help")
    assert "--runner" in done.stdout
    assert "--keep" in done.stdout


@pytest.mark.skipif(
    importlib.util.find_spec("apache_beam") is not None, reason="Beam is installed"
)
@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "tfiqa.beam.score", "photos", "--output=out"),
        ("-m", "tfiqa.beam.features", "photos", "--output=out", "--model=m.keras"),
    ],
)
def test_without_beam_the_extra_is_named(arguments, tmp_path):
    done = python(*arguments)
    assert done.returncode == 2
    assert done.stderr.strip() == "Apache Beam is expected: pip install 'tfiqa[beam]'"


def test_an_input_is_expected():
    done = python("-m", "tfiqa.beam.score", "--output=out")
    assert done.returncode == 2
    assert "INPUT" in done.stderr
