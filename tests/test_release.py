"""What a release says of itself is the same everywhere."""

import re
import runpy
import tomllib

from tests.support.fresh import ROOT
from tfiqa import __version__
from tfiqa.methods import METHODS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIREMENTS = runpy.run_path(str(ROOT / ".ci" / "requirements.py"))
# Methods of this package, which have no paper.
OURS = {"frozen_trunk", "linear_probe"}


def test_the_version_is_that_of_the_package():
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text()
    citing = (ROOT / "docs" / "citing.md").read_text()
    assert f"version = {{{__version__}}}" in citing


def test_the_changelog_begins_with_this_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## (?:\[?)([\w.]+)", text, re.MULTILINE)
    assert next(one for one in versions if one != "Unreleased") == __version__


def test_the_workflow_runs_the_python_versions_that_are_promised():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    (matrix,) = re.findall(r"python: \[(.*)\]", workflow)
    python = "Programming Language :: Python :: 3."
    promised = [
        one.rpartition(" ")[2]
        for one in PROJECT["classifiers"]
        if re.fullmatch(re.escape(python) + r"\d+", one)
    ]
    assert re.findall(r"[\d.]+", matrix) == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_lowest_versions_are_read_from_the_bounds():
    bounds = ["a>=1.2", "b[extra]==0.3", "c", "d-e>=4"]
    assert REQUIREMENTS["lowest"](bounds) == ["a==1.2", "b==0.3", "d-e==4"]


def test_every_dependency_of_the_package_has_a_lower_bound():
    needed = REQUIREMENTS["declared"]([])
    assert needed == PROJECT["dependencies"]
    assert len(REQUIREMENTS["lowest"](needed)) == len(needed)


def test_every_method_names_its_authors():
    text = (ROOT / "docs" / "citing.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)[^`]*` \| (.+?) \| (.+?) \|$", text, re.MULTILINE)
    cited = {name for name, authors, paper in rows if authors and paper}
    assert cited == set(METHODS) - OURS
    assert all(f"`{name}`" in text for name in OURS)
