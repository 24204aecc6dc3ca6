"""Every example in a docstring runs, and prints what the docstring says."""

import ast
import contextlib
import doctest
import importlib
import shutil
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import tfiqa
from tests.datasets import layouts
from tests.support.fresh import ROOT
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.data import prepare_dataset
from tfiqa.scoring.serialization import save_model


def documented():
    """Yields module, name and docstring of everything that has an example."""
    for folder in ("tfiqa", "export", "datasets"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            module = ".".join(part for part in parts if part != "__init__")
            module = module if folder == "tfiqa" else f"tfiqa.{module}"
            if "Example" in path.read_text():
                yield from examples_in(ast.parse(path.read_text()), module)


def examples_in(tree, module):
    kinds = ast.Module | ast.ClassDef | ast.FunctionDef
    for node in [one for one in ast.walk(tree) if isinstance(one, kinds)]:
        text = ast.get_docstring(node) or ""
        if "Example:" in text or ">>>" in text:
            yield module, getattr(node, "name", ""), text


EXAMPLES = {f"{module}.{name}": text for module, name, text in documented()}


# IL-NIQE takes a minute for as many images as it needs.
SLOW = {"tfiqa.models.ilniqe.ILNIQE"}


@contextlib.contextmanager
def step_by_step():
    """Computes without graphs, which take longer to build than to run once."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    tf.config.run_functions_eagerly(True)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Even though the `tf.config")
            yield
    finally:
        tf.config.run_functions_eagerly(False)


class Checker(doctest.OutputChecker):
    """Takes any output where the docstring shows none."""

    def check_output(self, want, got, optionflags):
        return not want or super().check_output(want, got, optionflags)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the examples presume to be there: photographs, scorers, a database."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "photos").mkdir()
    for number in range(3):
        Image.fromarray(toy_image(number)).save(folder / "photos" / f"{number}.png")
    save_model(toy_scorer(), folder / "scorer.keras")
    layouts.write_koniq10k(folder / "koniq10k")
    prepare_dataset(
        "koniq10k", manual_dir=folder / "koniq10k", data_dir=folder / "data"
    )
    return folder


@pytest.fixture(scope="module")
def names():
    """The arrays that examples name but do not make."""
    images = np.stack([toy_image(number, 64, 64) for number in range(8)])
    crops = images.astype("float32")
    return {
        **{"keras": keras, "tfiqa": tfiqa, "np": np},
        "paths": ["1.png", "2.txt", "3.png"],
        **{"images": images, "mos": np.linspace(1, 5, 8), "crops": crops},
        **{"first_views": crops, "second_views": crops[:, ::-1]},
        "views": np.stack([crops, crops[:, ::-1]], axis=1),
        "classes": np.arange(8) % 3,
        "pristine_images": [toy_image(9 + 10 * n, 192, 288) for n in range(16)],
        "model": keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]),
    }


def test_there_are_examples_and_all_can_run():
    assert len(EXAMPLES) > 20
    assert [name for name, text in EXAMPLES.items() if ">>>" not in text] == []


@pytest.fixture
def missing(request):
    """Skips an example whose extra or whose published file is not here."""

    def skip(name):
        if name == "tfiqa.export.onnx.export":
            pytest.importorskip("onnx")
        if name == "tfiqa.methods.conversion.convert_checkpoint":
            shared, folder = (request.getfixturevalue(n) for n in ("shared", "folder"))
            for file in ("allmodel", "allrange"):
                shutil.copy(shared / "goldens" / "official" / file, folder)

    return skip


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else [])
        for name in EXAMPLES
    ],
)
def test_example_runs(name, folder, names, missing, monkeypatch):
    missing(name)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("TFDS_DATA_DIR", str(folder / "data"))
    module = importlib.import_module(name.rpartition(".")[0])
    known = {**vars(module), **names}
    example = doctest.DocTestParser().get_doctest(
        EXAMPLES[name], known, name, None, None
    )
    runner = doctest.DocTestRunner(checker=Checker(), verbose=False)
    report = []
    with step_by_step():
        runner.run(example, out=report.append)
    assert runner.failures == 0, "".join(report)
    assert runner.tries > 0
