"""The face of the package: what `import tfiqa` offers, and what it costs."""

import importlib
import importlib.util
import re
import types
from pathlib import Path

import pytest

import tfiqa
from tests.support.fresh import heavy_modules
from tests.support.fresh import run_fresh

ROOT = Path(__file__).parents[1]


def test_importing_the_package_imports_nothing_large():
    assert heavy_modules("import tfiqa", "dir(tfiqa)", "tfiqa.__version__") == set()


@pytest.mark.parametrize(
    "statement",
    [
        "tfiqa.list_presets()",
        "tfiqa.scoring.ScoringRequest('a.png')",
        "tfiqa.data",
        "tfiqa.export.saved_model.export",
    ],
)
def test_what_computes_nothing_imports_nothing_large(statement):
    assert heavy_modules("import tfiqa", statement) == set()


def test_subpackages_are_attributes():
    code = "import tfiqa; print(tfiqa.losses.QualityLoss.__name__, tfiqa.metrics.srocc)"
    assert run_fresh(code).startswith("QualityLoss <function srocc")


def test_dir_lists_every_folder_and_the_functions():
    folders = {path.name for path in (ROOT / "tfiqa").iterdir() if path.is_dir()}
    folders.discard("__pycache__")
    functions = {"load_scorer", "list_presets", "score_files"}
    assert set(dir(tfiqa)) == folders | functions
    assert set(tfiqa.__all__) == folders | functions


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = tfiqa.no_such_name


def module_names():
    """Yields the dotted name of every file of the package, from the source alone."""
    for folder in ("tfiqa", "export", "datasets"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            inside = parts if folder == "tfiqa" else ("tfiqa", *parts)
            yield ".".join(inside).removesuffix(".__init__")


@pytest.fixture(scope="module")
def imported():
    """All modules by name, once every one of them has been imported."""
    return {
        name: importlib.import_module(name)
        for name in module_names()
        if not _is_missing(name)
    }


def _is_missing(name):
    """Returns whether a module is of an extra that is not installed."""
    needs = dict.fromkeys(("tfiqa.beam", "tfiqa.datasets.on_beam"), "apache_beam")
    return any(
        name.startswith(package) and importlib.util.find_spec(extra) is None
        for package, extra in needs.items()
    )


def test_every_public_name_of_a_package_resolves(imported):
    for name, module in imported.items():
        for public in getattr(module, "__all__", ()):
            assert getattr(module, public, None) is not None, f"{name}.{public}"


def test_no_function_shares_its_name_with_a_module(imported):
    """`tfiqa.train` the function and `tfiqa/train.py` would hide each other."""
    shared = []
    for name, module in imported.items():
        for public in {*vars(module), *getattr(module, "__all__", ())}:
            value = getattr(module, public, None)
            if public.startswith("_") or isinstance(value, types.ModuleType):
                continue
            dotted = f"{name}.{public}"
            if dotted in imported or (ROOT / dotted.replace(".", "/")).is_dir():
                shared.append(dotted)
    assert shared == []


def test_every_module_is_still_an_attribute_of_its_package(imported):
    for name, module in imported.items():
        package, _, own = name.rpartition(".")
        if package in imported:
            assert getattr(imported[package], own) is module, name


@pytest.mark.parametrize(
    "stub", sorted((ROOT / "tfiqa").rglob("*.pyi")), ids=lambda path: path.parent.name
)
def test_stubs_list_what_lazy_packages_offer(stub):
    inside = stub.parent.relative_to(ROOT).parts
    package = importlib.import_module(".".join(inside))
    names = set(re.findall(r"import \w+ as (\w+)$", stub.read_text(), re.MULTILINE))
    assert names == set(package.__all__)
