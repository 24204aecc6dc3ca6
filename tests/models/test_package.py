"""Tests of the package of models itself."""

from tests.support.fresh import run_fresh
from tfiqa import models


def test_names_are_known_before_they_are_imported():
    expected = {"HyperIQA", "CONTRIQUE", "ReIQA", "ContentSep", "NIQE", "ILNIQE"}
    assert expected | {"LinearProbe"} <= set(dir(models))


def test_importing_one_model_imports_no_other():
    code = (
        "import sys; from tfiqa.models import NIQE; "
        "assert 'tfiqa.models.hyperiqa' not in sys.modules"
    )
    run_fresh(code)
