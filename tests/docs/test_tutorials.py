"""The tutorials run from a clean folder, on generated data."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.support.fresh import ROOT

# A text that begins as an absolute path does.
ABSOLUTE = re.compile(r"""["'](/|~|[A-Za-z]:)""")
NOTEBOOKS = sorted((ROOT / "docs" / "tutorials").glob("*.ipynb"))


def code_of(notebook):
    cells = json.loads(notebook.read_text())["cells"]
    return ["".join(one["source"]) for one in cells if one["cell_type"] == "code"]


def test_three_tutorials_are_found():
    assert len(NOTEBOOKS) >= 3


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_without_results_or_paths(notebook):
    content = json.loads(notebook.read_text())
    for cell in content["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
    for code in code_of(notebook):
        assert not ABSOLUTE.search(code)
        compile(code, notebook.name, "exec")


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_cell_runs(notebook, tmp_path):
    program = tmp_path / "program.py"
    program.write_text("\n\n".join(code_of(notebook)))
    done = subprocess.run(
        [sys.executable, program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip()
