"""Tests of what goes with an export."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_scorer
from tfiqa.export import card
from tfiqa.export.parity import Bar
from tfiqa.export.parity import Parity
from tfiqa.scoring.shipped import PRESETS

FOUND = Parity(65, 13, 50.0, 1e-5, 1.0, 1.0, 0.0, 2.0, 3.0, 1.5, Bar(largest=1e-3), ())
ROOT = Path(__file__).parents[2]


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "scorer.keras"
    file.write_bytes(b"weights")
    return file


def test_description_tells_what_programs_need(source):
    facts = card.description(toy_scorer(mos_range=[1.0, 5.0]), source)
    assert facts.items() >= {**METADATA, "mos_range": [1.0, 5.0]}.items()
    assert facts["range"] == [1.0, 5.0]
    assert facts["direction"] == "higher is better"
    assert facts["source_sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert facts["features"] == 4
    assert json.loads(json.dumps(facts)) == facts


def test_accuracy_is_that_of_the_run(source):
    record = {
        "dataset": "koniq10k",
        "split_seed": 3,
        "seed": 0,
        "recipe": "paper",
        "outcome": {"test": {"SROCC": {"value": 0.9, "low": 0.88, "high": 0.92}}},
    }
    source.with_name("run.json").write_text(json.dumps(record))
    facts = card.description(toy_scorer(), source)
    text = card.model_card(facts, FOUND, "python\nmodel(images)\n")
    assert "| SROCC | 0.900 | 0.880 to 0.920 |" in text
    assert "split seed 3, recipe `paper`" in text


def test_other_models_of_a_run_have_no_accuracy_of_it(source):
    record = {"outcome": {"test": {"SROCC": {"value": 0.9, "low": 0.8, "high": 1}}}}
    source.with_name("run.json").write_text(json.dumps(record))
    other = source.with_name("other.keras")
    other.write_bytes(b"weights")
    assert card.description(toy_scorer(), source)["measured"]
    assert not card.description(toy_scorer(), other)["measured"]


def test_a_broken_record_is_named(source):
    source.with_name("run.json").write_text("{")
    with pytest.raises(ValueError, match=r"record of a run.*run\.json"):
        card.description(toy_scorer(), source)


def test_presets_tell_what_their_card_tells():
    facts = card.description(toy_scorer(), PRESETS / "niqe.keras")
    text = card.model_card(facts, FOUND, "python\nmodel(images)\n")
    assert "SROCC 0.471" in text
    assert "# Preset" not in text


def test_few_pictures_are_told():
    assert "2 of 1 sizes (fewer than 64)" in str(
        dataclasses.replace(FOUND, pictures=2, sizes=1)
    )
    assert "fewer" not in str(FOUND)


def test_card_tells_what_people_need(source):
    facts = card.description(toy_scorer(mos_range=[1.0, 5.0]), source)
    text = card.model_card(facts, FOUND, "python\nmodel(images)\n")
    for message in (
        "# toy, trained on none",
        "1 (worst) to 5 (best)",
        "**higher is better**",
        "each side of 4 pixels or more",
        "was not recorded",
        "## Limits",
        "## Licence",
        "```python\nmodel(images)\n```",
        "65 of 13 sizes",
        facts["source_sha256"],
    ):
        assert message in text, message


def test_the_on_device_scorer_of_the_docs_is_the_one_that_is_tested():
    example = (ROOT / "examples" / "on_device.py").read_text()
    assert len(example.splitlines()) <= 25
    assert f"```python\n{example}```" in (ROOT / "docs" / "exports.md").read_text()
