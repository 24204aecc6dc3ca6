"""What every test may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data: `TFIQA_TEST_DATA`, else the sibling `shared`."""
    default = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("TFIQA_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is missing (set TFIQA_TEST_DATA)")
    return folder
