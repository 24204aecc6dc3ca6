"""Tests of the report, and of the page in a browser."""

import html
import re
import shutil
import subprocess

import keras
import numpy as np
import pytest
from PIL import Image

from tests.evaluation.conftest import databases as databases
from tests.evaluation.conftest import make_request as make_request
from tests.evaluation.conftest import scorer_files as scorer_files
from tests.evaluation.conftest import splits_of
from tests.support.toy_scorer import METADATA
from tfiqa import layers
from tfiqa.evaluation.databases import of_splits
from tfiqa.evaluation.run import evaluate_request
from tfiqa.report import drawings
from tfiqa.report import representations
from tfiqa.report.page import write_page
from tfiqa.scoring.scorer import reader

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NAME = "<script>alert(1)</script>"


def generating_scorer() -> keras.Model:
    """Returns a scorer whose last layer is written anew for each crop."""
    crops = keras.Input((16, 16, 3))
    maps = keras.layers.Conv2D(4, 3, strides=8, padding="same")(crops / 255.0)
    content = keras.layers.GlobalAveragePooling2D()(maps)
    hidden = layers.HyperDense(3, name="target_1")(content, maps)
    quality = layers.HyperDense(1, kernel_from="mean", name="target_2")(hidden, maps)
    both = keras.layers.Concatenate()([content, quality])
    images = keras.Input((None, None, 3), name="images")
    crops_mean = layers.PatchMean(keras.Model(crops, both), 16, name="features")
    mos = layers.MOS(metadata=METADATA)(crops_mean(images)[:, -1:], images)
    return keras.Model(images, mos, name="generating")


@pytest.fixture
def report(make_request, scorer_files, tmp_path):
    """The folder of a report of three scorers, one of an unpleasant name."""
    generating_scorer().save(tmp_path / "g.keras")
    loaded = keras.saving.load_model(scorer_files / "first.keras", compile=False)
    request = make_request(
        models=[
            f"{NAME.replace('/', '|')}={tmp_path / 'g.keras'}",
            f"plain={scorer_files / 'first.keras'}",
            loaded,
        ],
        protocols=["split", "per_distortion", "gmad"],
    )
    results = evaluate_request(request)
    assert not results.errors
    write_page(results, tmp_path / "report", images=10)
    return tmp_path / "report"


def test_the_page_needs_nothing_else_and_shows_everything(report):
    page = (report / "index.html").read_text()
    sources = re.findall(r'src="([^"]{0,30})', page)
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    assert not re.findall(r'(?:href|src)="(?!#|data:)', page)
    assert "<script" not in page
    assert html.escape(NAME.replace("/", "|")) in page
    kinds = {path.name.partition("-")[0] for path in report.glob("*.png")}
    assert kinds == {
        *("types", "scatter", "residuals", "sizes", "gmad", "features", "weights")
    }
    for path in report.glob("*.png"):
        with Image.open(path) as drawing:
            assert np.ptp(np.asarray(drawing.convert("L"))) > 100
    features = {path.name for path in report.glob("features-*.png")}
    assert {"features-toy-plain.png", "features-toy-toy.png"} <= features
    assert "largest errors" in page
    assert "1 undecodable" in page


@pytest.mark.slow
def test_the_page_opens_in_a_browser(report, tmp_path):
    result = [name for name in BROWSERS if shutil.which(name)]
    if not result:
        pytest.skip("no Chromium: install the system's package")
    call = [result[0], "--headless=new", "--no-sandbox", "--disable-gpu"]
    call += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1200,2000"]
    address = (report / "index.html").as_uri()
    options = {"capture_output": True, "check": True, "timeout": 300}
    shot = tmp_path / "shot.png"
    subprocess.run([*call, f"--screenshot={shot}", address], **options)
    pixels = np.asarray(Image.open(shot).convert("L"))
    assert pixels.shape[1] >= 1100
    assert (pixels < 128).mean() > 0.005  # Text and drawings, no blank page.
    dom = subprocess.run([*call, "--dump-dom", address], **options).stdout.decode()
    assert dom.count("<img") == (report / "index.html").read_text().count("<img")
    assert "<script" not in dom


def test_generated_weights_are_those_of_the_middle_crop():
    scorer = generating_scorer()
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype("uint8")
    result = reader(representations.weights_of(scorer))(pixels)
    network = scorer.get_layer("features").network
    columns = representations.columns_by_layer(scorer)
    assert list(columns) == ["target_1", "target_2"]
    assert sum(one.stop - one.start for one in columns.values()) == len(result)
    for name, of_layer in columns.items():
        layer = network.get_layer(name)
        maps = keras.Model(network.input, layer.input[1])(
            pixels[None].astype("float32")
        )
        kernel, _ = layer.generate(maps)
        expected = keras.ops.convert_to_numpy(kernel).ravel()
        np.testing.assert_allclose(result[of_layer], expected, rtol=1e-4, atol=1e-6)


def test_components_of_weights_are_not_standardized(monkeypatch):
    """A layer of large weights decides its components, as in the paper."""
    drawn = {}
    monkeypatch.setattr(
        representations, "cloud", lambda points, *_, **__: drawn.update(p=points)
    )
    database = of_splits(splits_of())
    rows = database.parts["test"]
    values = np.random.default_rng(0).normal(size=(len(rows), 4))
    values[:, 3] *= 100
    representations._drawn(values, database, rows, 3, "", standardized=False)
    share = np.corrcoef(drawn["p"][:, 0], values[:, 3])[0, 1]
    assert abs(share) > 0.999


def test_scorers_without_generated_weights(scorer_files):
    scorer = keras.saving.load_model(scorer_files / "first.keras", compile=False)
    assert representations.weights_of(scorer) is None


def test_chosen_rows_are_spread_over_the_part():
    database = of_splits(splits_of())
    assert representations.chosen(database, "test", 3).tolist() == [36, 42, 47]
    assert representations.chosen(database, "test", 99).tolist() == list(range(36, 48))


def test_an_image_that_does_not_decode_has_no_thumbnail():
    assert drawings.thumbnail(b"no picture") == b""
