"""CONTRIBUTING's worked examples, written into a copy of the repository and run."""

import os
import shutil
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.support.fresh import ROOT
from tests.support.worked_examples import sections
from tests.support.worked_examples import with_row

# By kind: the name of the example, and the contract test that meets it.
EXAMPLES = {
    "Method": ("channel_statistics", "tests/methods/test_contract.py"),
    "Protocol": ("lower_half", "tests/evaluation/protocols/test_contract.py"),
    "Dataset": ("night_photos", "tests/datasets/test_contract.py"),
    "Distortion": ("vignette", "tests/distortions/test_banks.py"),
    "Backbone": ("vgg19", "tests/backbones/test_build.py"),
    "Export": ("keras_archive", "tests/export/test_contract.py"),
}


def test_every_kind_takes_one_folder_and_one_row():
    assert sections().keys() == EXAMPLES.keys()
    for kind, blocks in sections().items():
        places = {os.path.dirname(one.path) for one in blocks if one.is_new}
        rows = [one for one in blocks if not one.is_new]
        in_tests = [one for one in rows if one.path.startswith("tests/")]
        assert len(places) == (kind != "Backbone"), kind
        assert len(rows) - len(in_tests) == (kind != "Dataset"), kind
        assert len(in_tests) <= 1, kind


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """The names of the contract tests that ran in the copy, all of which passed."""
    copy = tmp_path_factory.mktemp("copy") / "repository"
    copy_repository(copy)
    for blocks in sections().values():
        for block in blocks:
            block.write(copy)
    report = copy.with_name("report.xml")
    names, files = zip(*EXAMPLES.values(), strict=True)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(
        [*command, "-k", " or ".join(names), f"--junit-xml={report}"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    cases = list(ElementTree.parse(report).iter("testcase"))
    return [one.get("name") for one in cases if one.find("skipped") is None]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_contract_meets_the_example(kind, outcomes):
    name, _ = EXAMPLES[kind]
    assert any(name in one for one in outcomes)


def copy_repository(copy):
    """Copies what Git does not ignore; links stay links."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in set(listed.stdout.decode().split("\0")) - {""}:
        if (ROOT / name).exists():  # Else it was removed and that is not committed.
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)


@pytest.mark.parametrize(
    ("source", "row", "expected"),
    [
        (
            "import a\n\nROWS: dict = {\n    1: a,\n}\n",
            "from b import c\n\n2: c,\n",
            "from b import c\nimport a\n\nROWS: dict = {\n    1: a,\n2: c,\n}\n",
        ),
        (
            'import a\nROWS = a.f("x", ("é", (1,)), (\n    "p",\n))\nB = [\n]\n',
            '"q",\n',
            'import a\nROWS = a.f("x", ("é", (1,)), (\n    "p",\n"q",\n))\nB = [\n]\n',
        ),
    ],
    ids=["dict", "last argument of a call"],
)
def test_rows_are_added_before_the_closing_bracket(source, row, expected):
    assert with_row(source, "ROWS", row) == expected
