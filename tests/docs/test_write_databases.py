"""The table of all databases is that of the builders."""

import importlib.util
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_up_to_date():
    path = DOCS / "write_databases.py"
    spec = importlib.util.spec_from_file_location("write_databases", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    text = script.text()
    assert "| 10,073 | authentic |" in text
    assert (DOCS / "databases.md").read_text("utf-8") == text, (
        "Run `python docs/write_databases.py`."
    )
