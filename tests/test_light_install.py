"""An installation of a fifth of a gigabyte scores with the light presets."""

import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tfiqa.synthetic import make_image

ROOT = Path(__file__).parents[1]
MOST_BYTES = 200e6


def packages():
    """Returns the packages that `docs/light.md` installs besides this one."""
    text = (ROOT / "docs" / "light.md").read_text()
    command = re.search(r"pip install --no-deps tfiqa (.+)", text)
    assert command is not None
    return command.group(1).split()


def copied(name, site):
    """Copies an installed package, as `pip install --no-deps` would put it there."""
    for file in importlib.metadata.files(name) or ():
        source = Path(str(file.locate()))
        # Not commands, which lie beside the folder of packages.
        if ".." not in file.parts and source.is_file():
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, site / file)


@pytest.mark.slow
def test_a_small_installation_scores(tmp_path):
    site, work = tmp_path / "site", tmp_path / "work"
    work.mkdir()
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps")
    subprocess.run([*pip, "--target", site, ROOT], check=True)
    for name in packages():
        copied(name, site)
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert size <= MOST_BYTES
    for index in range(2):
        image = np.asarray(make_image("dead_leaves", index, 128))
        Image.fromarray(image).save(work / f"{index}.jpg")
    # Without the packages of this environment: -S, and the new folder alone.
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(site)!r});"
        "runpy.run_module('tfiqa.score', run_name='__main__', alter_sys=True)"
    )
    numpy = [(name, "numpy") for name in ("niqe", "brisque", "piqe")]
    for name, runtime in (("photo", "litert"), *numpy):
        output = work / f"{name}.jsonl"
        done = subprocess.run(
            [
                *(sys.executable, "-I", "-S", "-c", code, "--model", name),
                *("--output", output, work),
            ],
            cwd=work,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        # Marks of its certificate may come before.
        assert done.stderr.splitlines()[-1] == f"2 of 2 images scored by {runtime}"
        rows = [json.loads(line) for line in output.read_text().splitlines()]
        assert [row["status"] for row in rows] == ["ok", "ok"]
