"""The help and the usage errors of commands cost no Keras and no TensorFlow."""

import pytest

from tests.support.fresh import heavy_modules

# The arguments of a command and its exit status.
CASES = [("--help", 1), ("--no_such_flag=1", 2), ("", 2)]


@pytest.mark.parametrize(("argument", "status"), CASES)
@pytest.mark.parametrize("name", ["score", "prepare"])
def test_nothing_large_is_imported(name, argument, status):
    imported = heavy_modules(
        "import sys",
        f"from tfiqa import {name} as command",
        "from tfiqa.cli.command import run",
        f"sys.argv = ['{name}', *{argument.split()!r}]",
        "if not sys.argv[1:]: sys.argv += ['--model=x'] * (sys.argv[0] == 'score')",
        "try: run(command.define_flags, command.main)",
        f"except SystemExit as error: assert error.code == {status}, error.code",
    )
    assert imported == set()
