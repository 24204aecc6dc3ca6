"""Environments of their own, for tests of what users have."""

import os
import subprocess
import venv
from pathlib import Path

KEPT = "TFIQA_TEST_ENVIRONMENTS"  # A folder where they stay from run to run.


def environment(folder: Path, name: str, *packages: str) -> Path:
    """Makes an environment that holds these packages alone; returns its Python."""
    made = Path(os.environ.get(KEPT, folder)) / name
    python = made / "bin" / "python"
    if not python.exists():
        venv.create(made, with_pip=True)
        install = [python, "-m", "pip", "install", "-q", *packages]
        subprocess.run(install, check=True)
    return python


def run(python: Path, code: str, *arguments: object, cwd: Path) -> str:
    """Runs code where nothing of this package is seen; returns what it prints."""
    alone = "import importlib.util\nassert importlib.util.find_spec('tfiqa') is None\n"
    call = [python, "-I", "-c", alone + code, *map(str, arguments)]
    done = subprocess.run(call, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
