"""The committed diagrams are what their script draws."""

import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
DRAWINGS = dict(runpy.run_path(str(DOCS / "draw_architecture.py"))["drawings"]())


@pytest.mark.parametrize("name", ["rooms.svg", "contracts.svg"])
def test_drawings_are_up_to_date(name):
    assert (DOCS / name).read_text("utf-8") == DRAWINGS[name], (
        "Run: python docs/draw_architecture.py"
    )
