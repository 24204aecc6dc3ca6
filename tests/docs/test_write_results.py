"""The list of tables and figures is that of the registry."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
SCRIPT = runpy.run_path(str(DOCS / "write_results.py"))


def test_the_page_is_up_to_date():
    text = (DOCS / "results.md").read_text("utf-8")
    assert text.count("| `hyperiqa/") == 12
    assert SCRIPT["written"](text) == text, "Run `python docs/write_results.py`."
