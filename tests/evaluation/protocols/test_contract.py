"""What every protocol keeps to, from the moment that its row exists."""

import dataclasses
import json
from pathlib import Path

import pytest

from tfiqa import evaluation
from tfiqa.evaluation.protocols import PROTOCOLS
from tfiqa.evaluation.protocols.base import CACHE
from tfiqa.evaluation.protocols.base import DATASETS
from tfiqa.evaluation.protocols.base import PRISTINE
from tfiqa.evaluation.protocols.base import Protocol
from tfiqa.evaluation.run import evaluate_request
from tfiqa.evaluation.writing import as_csv
from tfiqa.evaluation.writing import as_json

FOLDER = Path(evaluation.__file__).parent / "protocols"


@pytest.fixture
def fields(scorer_files, pristine_folder, tmp_path):
    """Fields of a request with predictors of all kinds, datasets and images."""
    first, second = (str(scorer_files / f"{one}.keras") for one in ("first", "second"))
    ids = [f"{c:02d}-{level}.png" for c in range(12) for level in range(4)]
    lines = [f"{one},{row % 5 + row / 9}" for row, one in enumerate(ids)]
    (tmp_path / "t.csv").write_text("\n".join(["image_id,score", *lines]) + "\n")
    return {
        "models": [first, f"second={second}"],
        "encoders": [first],
        "methods": ["trained=niqe"],
        "scores": [str(tmp_path / "t.csv")],
        "datasets": ["toy", "other"],
        "pristine": pristine_folder,
        "labels": [8, 20],
    }


def test_every_file_of_the_folder_is_a_row():
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__", "base"}
    assert files == set(PROTOCOLS)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_row(name):
    row = PROTOCOLS[name]
    assert isinstance(row, Protocol)
    assert row.name == name
    assert row.summary.endswith(".")
    assert set(row.needs) <= {DATASETS, PRISTINE, CACHE}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_it_measures_what_it_can_and_the_same_again(
    name, fields, make_request, trainer, tmp_path
):
    """A scorer that cannot be loaded ends nothing, and nothing is trained twice."""
    (tmp_path / "broken.keras").write_bytes(b"no model")
    fields["models"].append(str(tmp_path / "broken.keras"))
    request = make_request(**fields, protocols=[name])
    results = evaluate_request(request, train=trainer)
    for error in results.errors:
        assert error.startswith(f"Not measured: {name}, ")
        assert "broken" in error
    assert results.rows
    assert {row.protocol.partition(",")[0] for row in results.rows} == {name}
    for row in results.rows:
        assert row.n > 0
        assert row.figures
        assert "broken" not in row.method
    assert json.loads(json.dumps(as_json(results)))["rows"]
    assert results.lines()
    trainings = len(trainer.calls)
    again = evaluate_request(request, train=trainer)
    assert as_csv(again.rows) == as_csv(results.rows)
    assert again.errors == results.errors
    assert len(trainer.calls) == trainings


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, one) for name in PROTOCOLS for one in PROTOCOLS[name].needs],
)
def test_what_it_needs_is_asked_for(name, field, fields, make_request):
    nothing = {"datasets": [], "pristine": None, "cache": None}
    request = make_request(**fields, protocols=[name])
    request = dataclasses.replace(request, **{field: nothing[field]})
    with pytest.raises(ValueError, match=f"`{field}` is expected for {name}"):
        evaluate_request(request)
