"""Names of scorers that are named on the command line."""

import pytest

from tfiqa.scoring import ArgumentError
from tfiqa.scoring.naming import named_models


def test_names_are_those_of_files_or_chosen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b.keras").touch()
    models = ["photo", "runs/new-1.keras", "old=runs/new-1.keras", "a=b.keras"]
    assert named_models(models) == {
        "photo": "photo",
        "new_1": "runs/new-1.keras",
        "old": "runs/new-1.keras",
        "a_b": "a=b.keras",
    }


@pytest.mark.parametrize("models", [["niqe", "niqe"], ["a/x.keras", "b/x.keras"]])
def test_names_are_different(models):
    with pytest.raises(ArgumentError, match="each as NAME=MODEL") as caught:
        named_models(models)
    assert caught.value.argument == "model"
