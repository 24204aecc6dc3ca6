"""Tests of what evaluation costs before anything is measured."""

import subprocess
import sys

import pytest

import tfiqa

# `tfiqa` itself is replaced by an empty package: this is about the modules below it.
START = f"""
import runpy
import sys
import types
package = types.ModuleType("tfiqa")
package.__path__ = {list(tfiqa.__path__)!r}
sys.modules["tfiqa"] = package
"""
END = """
heavy = {"keras", "numpy", "tensorflow"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.parametrize(
    "name",
    [
        *("tfiqa.evaluation", "tfiqa.evaluation.request", "tfiqa.report"),
        "tfiqa.evaluation.protocols",
    ],
)
def test_importing_costs_no_numpy(name):
    code = f"{START}import {name}{END}"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("argument", ["--help", "--unknown"])
@pytest.mark.parametrize("name", ["evaluate", "calibrate", "representations"])
def test_help_and_wrong_flags_cost_no_numpy(name, argument):
    run = f"""
sys.argv = ["{name}", "{argument}"]
try:
    runpy.run_module("tfiqa.{name}", run_name="__main__")
except SystemExit:
    pass
"""
    code = f"{START}{run}{END}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "--model" in done.stdout + done.stderr or argument == "--unknown"
