"""What every test may use."""

import os
from pathlib import Path

import pytest

# Files that take longest. They begin first, so that no worker is left with one of them
# when the other has nothing more to do.
LONGEST = (
    *("docs/test_contributing.py", "test_command_outputs.py", "trainers/test_fit.py"),
    *("methods/test_contract.py", "scoring/test_invariants.py", "test_score.py"),
    *("trainers/test_replicas.py", "test_train.py", "docs/test_docstring_examples.py"),
    *("docs/test_python_blocks.py", "export/test_tflite.py", "export/test_parity.py"),
    *("scoring/test_golden_scorers.py", "models/test_encoders.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the files of `LONGEST` first, each with its tests in their order."""
    folder = Path(__file__).parent
    ranks = {folder / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(LONGEST)))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data: `TFIQA_TEST_DATA`, else the sibling `shared`."""
    default = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("TFIQA_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is missing (set TFIQA_TEST_DATA)")
    return folder
