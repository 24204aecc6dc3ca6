"""What every export promises, from the moment that its line in the stub exists."""

import pytest

from tests.support.fresh import heavy_modules
from tests.support.toy_scorer import toy_scorer
from tfiqa import export
from tfiqa.export.images import flat
from tfiqa.export.images import generated

# Where each writes to, and the packages that it cannot do without.
TARGETS = {
    "onnx": "scorer.onnx",
    "saved_model": "scorer",
    "tflite": "scorer.tflite",
}
PACKAGES = {"onnx": ("onnx", "onnxruntime", "tf2onnx")}

every = pytest.mark.parametrize("name", export.__all__)


@every
def test_scores_as_the_scorer_does_and_replaces_nothing_unasked(name, tmp_path):
    for package in PACKAGES.get(name, ()):
        pytest.importorskip(package)
    write = getattr(export, name).export
    scorer, target = toy_scorer(), tmp_path / TARGETS[name]
    images = generated(6, min_side=16)
    images.append(flat(images))

    result = write(scorer, target, images=images)

    assert result.passed
    assert result.pictures == 7
    assert target.exists()
    written = sorted(tmp_path.iterdir())
    with pytest.raises(FileExistsError, match="`--overwrite`"):
        write(scorer, target, images=images)
    assert sorted(tmp_path.iterdir()) == written


@every
def test_help_and_wrong_usage_cost_no_keras(name):
    for argument, status in (("--help", 0), ("--helps", 2), ("only_one", 2)):
        imported = heavy_modules(
            "import sys",
            f"from tfiqa.export import {name} as exporter",
            "from tfiqa.export import cli",
            "from tfiqa.cli import command",
            "define_flags = getattr(exporter, 'define_flags', cli.define_flags)",
            f"sys.argv = ['{name}', '{argument}']",
            "try: command.run(define_flags, exporter.main)",
            f"except SystemExit as error: assert error.code == {status}, error.code",
        )
        assert imported == set()
