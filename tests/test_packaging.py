"""The package works from a checkout, from an editable install and from a wheel."""

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import tfiqa

ROOT = Path(__file__).parents[1]

# Imports what lies behind the two links, and says where it came from.
PROBE = """
from importlib import resources
import tfiqa
from tfiqa.datasets.synthetic_iqa import synthetic_iqa_dataset_builder as builder
from tfiqa.export import saved_model, tflite
assert "load_scorer" in dir(tfiqa)
assert "load_scorer" in tfiqa.scoring.__all__
PRESETS = ["brisque", "hyperiqa", "ilniqe", "niqe", "photo", "photo_free", "piqe"]
assert tfiqa.list_presets() == PRESETS
assert builder.Builder.name == "synthetic_iqa"
assert (resources.files("tfiqa.datasets") / "biq2021" / "README.md").is_file()
print(tfiqa.__file__)
"""


def probe(python, cwd, **environment):
    done = subprocess.run(
        [python, "-c", PROBE],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


def run(*command, cwd=ROOT):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def environment(tmp_path):
    """The Python of a new environment with this one's packages, not the project."""
    run(sys.executable, "-m", "venv", str(tmp_path / "env"))
    python = tmp_path / "env" / "bin" / "python"
    here = run(sys.executable, "-c", "import keras; print(keras.__path__[0])")
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))")
    link = Path(site.strip()) / "borrowed.pth"
    link.write_text(str(Path(here.strip()).parent))
    return python


def test_the_version_can_be_read_without_importing_the_package():
    """Else building would need all that the package imports."""
    body = ast.parse((ROOT / "tfiqa" / "__init__.py").read_text()).body
    (version,) = (
        node.value.value
        for node in body
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) == "__version__"
    )
    assert version == tfiqa.__version__


def test_checkout(tmp_path):
    assert probe(sys.executable, ROOT) == ROOT / "tfiqa" / "__init__.py"


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["lenient", "strict", "compat"])
def test_editable_install(environment, tmp_path, mode):
    options = (
        [] if mode == "lenient" else ["--config-settings", f"editable_mode={mode}"]
    )
    run(environment, "-m", "pip", "install", "-q", "--no-deps", "-e", ROOT, *options)
    result = probe(environment, tmp_path)
    if mode == "strict":
        assert ROOT in result.parents
    else:
        assert result == ROOT / "tfiqa" / "__init__.py"


@pytest.mark.slow
def test_wheel(environment, tmp_path):
    wheels = tmp_path / "wheels"
    run(
        *(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", ROOT),
        *("--wheel-dir", wheels),
    )
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert "tfiqa/export/tflite.py" in names
    presets = {f"tfiqa/scoring/presets/{name}.keras" for name in tfiqa.list_presets()}
    assert presets <= set(names)
    assert "tfiqa/py.typed" in names
    stubs = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tfiqa/**/*.pyi")}
    assert {"tfiqa/__init__.pyi", "tfiqa/export/__init__.pyi"} <= set(names)
    assert stubs <= set(names)
    assert not any(
        name.startswith(("datasets/", "export/", "tests/")) for name in names
    )
    run(environment, "-m", "pip", "install", "-q", "--no-deps", wheel)
    result = probe(environment, tmp_path)
    assert "site-packages" in result.parts
    assert tmp_path in result.parents


def test_a_checkout_without_symbolic_links(tmp_path):
    """As Git makes it with `core.symlinks=false`: each link is a file."""
    for name in ("datasets", "export"):
        shutil.copytree(ROOT / name, tmp_path / name)
    skipped = shutil.ignore_patterns("__pycache__", "datasets", "export")
    shutil.copytree(ROOT / "tfiqa", tmp_path / "tfiqa", ignore=skipped)
    for name in ("datasets", "export"):
        (tmp_path / "tfiqa" / name).write_text(f"../{name}")
    assert probe(sys.executable, tmp_path).parent == tmp_path / "tfiqa"
