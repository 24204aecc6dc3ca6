"""Every Python block of README and docs runs, page by page, in order."""

import csv
import importlib.util
import re
import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from tests.support.fresh import ROOT
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.export import conversion
from tfiqa.export import saved_model_file
from tfiqa.scoring.serialization import save_model

# Blocks that import one of these run where it is installed, with its extra.
OPTIONAL = {"tensorflow_hub": "hub", "tf_keras": "hub", "onnxruntime": "onnx"}

PAGES = {
    path.relative_to(ROOT).as_posix(): re.findall(
        r"^```python\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL
    )
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the pages presume to be there: pictures, scores, a scorer, its exports."""
    folder = tmp_path_factory.mktemp("pages")
    scorer = toy_scorer()
    for name in ("hyperiqa", "koniq"):
        (folder / "runs" / name).mkdir(parents=True)
        save_model(scorer, folder / "runs" / name / "scorer.keras")
    saved_model_file.write(scorer, folder / "exported", {})
    shutil.copytree(folder / "exported", folder / "koniq")
    (folder / "koniq").rename(folder / "runs" / "koniq" / "exported")
    (folder / "koniq.tflite").write_bytes(conversion.converted(scorer))
    write_pictures(folder)
    return folder


def write_pictures(folder):
    """Writes photographs, and scores of them."""
    photos, own = folder / "photos", folder / "holidays"
    photos.mkdir()
    (own / "images").mkdir(parents=True)
    rows = []
    for number in range(12):
        pixels = Image.fromarray(toy_image(number, 180, 192))
        pixels.save(photos / f"{number}.jpg")
        pixels.save(own / "images" / f"{number}.png")
        rows.append([f"{number}.png", number])
    pixels.save(photos / "last.png")
    write_table(own / "mos.csv", [["image", "mos"], *rows])
    write_table(folder / "scores.csv", [["image_id", "score"], *rows])


def write_table(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def test_pages_have_blocks():
    assert len(PAGES["README.md"]) >= 2
    assert sum(map(bool, PAGES.values())) >= 4


@pytest.mark.parametrize("page", [page for page, blocks in PAGES.items() if blocks])
def test_every_block_runs(page, folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    # Of the program for devices that the README shows.
    monkeypatch.setattr(sys, "argv", ["on_device.py", "koniq.tflite", "photos/0.jpg"])
    names = {"__name__": "__main__"}
    for number, block in enumerate(PAGES[page], 1):
        if missing(block):
            continue
        exec(compile(block, f"{page}, block {number}", "exec"), names)


def missing(block):
    """Returns the optional packages that a block imports and that are not here."""
    imported = set(re.findall(r"^(?:import|from) (\w+)", block, re.MULTILINE))
    return {name for name in imported & OPTIONAL.keys() if not spec(name)}


def spec(name):
    return importlib.util.find_spec(name)


def test_optional_packages_have_an_extra():
    project = (ROOT / "pyproject.toml").read_text()
    for name, extra in OPTIONAL.items():
        (packages,) = re.findall(rf"^{extra} = \[(.*)\]$", project, re.MULTILINE)
        assert name.replace("_", "-") in packages


def test_scores_of_the_page_are_those_of_the_scorer(folder, monkeypatch, capsys):
    """A block that prints nothing would pass unseen: the first ones print scores."""
    monkeypatch.chdir(folder)
    names = {}
    exec(PAGES["README.md"][0], names)
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [words[0] for words in printed] == [
        *(f"photos/{name}.jpg" for name in sorted(map(str, range(12)))),
        "photos/last.png",
    ]
    assert names["scores"].shape == (2, 1)
    assert np.all(np.isfinite(np.asarray(names["scores"])))
