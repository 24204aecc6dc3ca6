"""Code in a fresh process, where nothing has been imported yet."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_fresh(code: str, *arguments: str, **environment: str) -> str:
    """Returns what Python code prints in a process of its own, which must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def heavy_modules(*commands: str, **environment: str) -> set[str]:
    """Returns which large packages some statements import.

    Args:
        commands: Statements of Python, one a line.
        environment: Variables of the process.
    """
    watched = ("jax", "keras", "keras_hub", "matplotlib", "numpy", "scipy")
    watched += ("tensorflow", "tensorflow_datasets")
    lines = [*commands, "import sys"]
    lines.append(f"print(*(set({watched!r}) & sys.modules.keys()))")
    return set(run_fresh("\n".join(lines), **environment).splitlines()[-1].split())
