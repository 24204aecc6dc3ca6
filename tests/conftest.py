"""What every test may use."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Files that take longest. They begin first, so that no worker is left with one of them
# when the other has nothing more to do.
LONGEST = (
    # Side by side, since the second loads what the first has trained.
    *("methods/test_contract.py", "scoring/test_invariants.py"),
    *("docs/test_contributing.py", "test_command_outputs.py", "trainers/test_fit.py"),
    *("methods/test_reiqa.py", "scoring/test_golden_scorers.py"),
    *("trainers/test_replicas.py", "export/test_tflite.py"),
    *("methods/test_frozen_trunk.py", "docs/test_docstring_examples.py"),
    *("training/test_execution.py", "docs/test_python_blocks.py"),
    *("methods/test_niqe.py", "distortions/test_contract.py"),
    *("methods/test_hyperiqa.py", "evaluation/protocols/test_contract.py"),
    *("test_train.py", "test_score.py", "backbones/test_build.py"),
    *("models/test_encoders.py", "models/test_fitted.py", "models/test_hyperiqa.py"),
)

# JAX compiles far longer than it computes in tests: what one worker, or an earlier run,
# has compiled is read from the cache of pytest.
JAX = {
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


def pytest_configure(config: pytest.Config) -> None:
    """Prepares the process for many large graphs, before anything heavy is imported."""
    for name, value in JAX.items():
        os.environ.setdefault(name, value)
    if hasattr(config, "cache"):
        folder = config.cache.mkdir("jax")
        if not hasattr(config, "workerinput"):  # Before there are workers.
            _empty_if_large(folder)
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(folder))
    gc.set_threshold(50_000, 20, 20)


def _empty_if_large(folder: Path, most: float = 1e9) -> None:
    files = list(folder.iterdir())
    if sum(file.stat().st_size for file in files) > most:
        for file in files:
            file.unlink()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the files of `LONGEST` first, each with its tests in their order."""
    folder = Path(__file__).parent
    ranks = {folder / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(LONGEST)))


@pytest.fixture(scope="module", autouse=True)
def forget() -> Iterator[None]:
    """Frees what a file has left; what stays is not searched for garbage again.

    Otherwise collections take seconds once a worker has seen many networks.
    """
    gc.freeze()
    yield
    gc.collect()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data: `TFIQA_TEST_DATA`, else the sibling `shared`."""
    default = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("TFIQA_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no reference data: {folder} is missing (set TFIQA_TEST_DATA)")
    return folder
