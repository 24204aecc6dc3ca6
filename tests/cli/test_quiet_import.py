"""Tests that the start of TensorFlow is quiet, and its failure is not."""

import os
import subprocess
import sys

import pytest

from tests.support.fresh import ROOT

# A package that writes past Python, as TensorFlow does.
NOISY = """
import os
os.write(2, b"oneDNN custom operations are on\\n")
class config:
    def list_physical_devices():
        os.write(2, b"failed call to cuInit\\n")
"""
BROKEN = NOISY + 'raise ImportError("libcudart.so is missing")\n'

PROGRAM = """
from tfiqa.cli import command
def main(argv):
    import tensorflow
    import tensorflow.compat
    return 0
command.run(lambda: None, main)
"""


def run(folder, source, **environment):
    package = folder / "tensorflow"
    package.mkdir()
    (package / "__init__.py").write_text(source)
    (package / "compat.py").write_text("")
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_lines_of_a_good_start_are_not_shown(tmp_path):
    done = run(tmp_path, NOISY)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_cause_of_a_failed_import_is_shown(tmp_path):
    done = run(tmp_path, BROKEN)
    assert done.returncode == 70
    assert "oneDNN custom operations are on" in done.stderr
    assert "ImportError: libcudart.so is missing" in done.stderr


@pytest.mark.parametrize(
    ("given", "level"), [({}, "2"), ({"TF_CPP_MIN_LOG_LEVEL": "1"}, "1")]
)
def test_later_lines_are_errors_unless_others_are_requested(tmp_path, given, level):
    source = 'import os\nprint(os.environ["TF_CPP_MIN_LOG_LEVEL"])\n' + NOISY
    assert run(tmp_path, source, **given).stdout == f"{level}\n"


def test_all_lines_are_shown_on_request(tmp_path):
    done = run(tmp_path, NOISY, TF_CPP_MIN_LOG_LEVEL="0")
    assert "oneDNN custom operations are on" in done.stderr


@pytest.mark.slow
def test_tensorflow_itself_starts_quietly():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    program = PROGRAM.replace("import tensorflow.compat", "tensorflow.constant(1) + 1")
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
