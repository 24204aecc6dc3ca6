"""The report of a folder: complete, safe against names, and readable in a browser."""

import html.parser
import os
import re
import shutil
import subprocess
import urllib.parse

import numpy as np
import pytest
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.report.folder import FolderReport
from tfiqa.report.folder_page import relative_address
from tfiqa.report.folder_summary import SHOWN
from tfiqa.report.folder_summary import Extreme
from tfiqa.report.folder_summary import Summary
from tfiqa.report.histogram import bins_of
from tfiqa.scoring import ScoringRequest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HOSTILE = (
    *("<img src=x onerror=alert(1)>.png", '"><script>alert(1)<.png', "a\nb.png"),
    *("javascript:alert(1).png", "x' onload='alert(1).png", "\u202egnp.exe.png"),
    *("?q#f&amp;%41.png", "no\udcfftext.png", "日本 語.png"),
)


class Parsed(html.parser.HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def values(self, tag, name):
        return [values.get(name, "") for one, values in self.elements if one == tag]


def row(path, score, status="ok", **values):
    size = {"width": 56, "height": 40, "reason": "", "low": None, "high": None}
    return {"path": str(path), "score": score, "status": status, **size, **values}


@pytest.fixture
def folder(tmp_path):
    """Images with hostile names in hostile folders, and what is no image."""
    for number, name in enumerate(HOSTILE):
        below = tmp_path / "photos" / ("<b>&'\"" if number % 2 else "plain")
        below.mkdir(parents=True, exist_ok=True)
        Image.fromarray(toy_image(number)).save(below / name)
    (tmp_path / "photos" / "broken<script>.png").write_bytes(b"no image")
    return tmp_path / "photos"


def written(folder, report, **options):
    rows = [
        row(os.path.join(below, name), 10.0 * number, low=1.0, high=2.0)
        for below, _, names in os.walk(folder)
        for number, name in enumerate(sorted(names))
    ]
    rows.append(row("</table><script>x", None, "missing", reason="<b>no such file"))
    assert list(FolderReport(report, **options).watched(rows)) == rows
    return (report / "index.html").read_text("utf-8"), rows


def test_names_are_text_and_links_lead_to_the_images(folder, tmp_path):
    text, rows = written(folder, tmp_path / "report")
    page = Parsed(text)
    assert not {"script", "iframe", "object", "link", "form"} & {
        tag for tag, _ in page.elements
    }
    attributes = [name for _, values in page.elements for name in values]
    assert not [name for name in attributes if name.startswith("on")]
    assert all(src.startswith("data:image/") for src in page.values("img", "src"))
    for name in ("<img src=x onerror=alert(1)>.png", "x' onload='alert(1).png"):
        assert name in page.text
    assert r"\u202egnp.exe.png" in page.text
    assert "\u202e" not in text
    links = [one for one in page.values("a", "href") if not one.startswith("#")]
    assert all(re.fullmatch(r"[\w/.%~-]+", one) for one in links)
    result = {
        os.path.normpath(
            tmp_path / "report" / os.fsdecode(urllib.parse.unquote_to_bytes(one))
        )
        for one in links
    }
    assert result == {one["path"] for one in rows if one["score"] is not None}


def test_the_page_says_what_there_is(folder, tmp_path):
    text, rows = written(folder, tmp_path / "report", threshold=25.0)
    page = Parsed(text)
    scores = [one["score"] for one in rows if one["score"] is not None]
    for fact in (f"{len(rows)}images", f"{len(scores)}scored", "no such file"):
        assert fact in page.text
    assert f"{sum(score < 25 for score in scores)}below 25" in page.text
    assert "no preview" in page.text  # Of the broken one.
    assert page.text.count("1.00 to 2.00") == 2 * len(scores)  # The worst and the best.
    policy = page.values("meta", "content")
    assert any("default-src 'none'" in one for one in policy)


def test_maps_and_reasons_of_the_worst_need_a_scorer_that_has_them(folder, tmp_path):
    request = ScoringRequest((), toy_scorer())
    text, _ = written(folder, tmp_path / "report", request=request)
    assert "Maps of the worst" not in text


def test_bins_count_every_score_once():
    for seed, scale in ((0, 1e-3), (1, 1.0), (2, 37.0), (3, 1e6)):
        scores = np.random.default_rng(seed).normal(-3, 1, 500) * scale
        counts, edges = bins_of(scores)
        assert counts.sum() == 500
        assert 8 <= len(counts) <= 42
        assert counts.tolist() == np.histogram(scores, edges)[0].tolist()
    assert bins_of([40.0])[0].tolist() == [1]
    assert bins_of(np.arange(101.0))[1].tolist() == list(range(0, 105, 5))


def test_extremes_are_those_of_all_rows():
    keys = np.random.default_rng(0).integers(0, 40, 300).tolist()
    extreme = Extreme(SHOWN)
    for index, key in enumerate(keys):
        extreme.add(key, {"index": index})
    order = sorted(range(300), key=lambda index: -keys[index])
    assert [one["index"] for one in extreme.rows()] == order[:SHOWN]


def test_a_summary_by_folder():
    summary = Summary()
    for path, score in (("a/1", 1.0), ("a/2", 3.0), ("a/3", None), ("b/1", None)):
        summary.add(row(path, score, "flat" if score is None else "ok"))
    result = summary.folders["a"]
    assert (result.images, result.scored, result.mean) == (3, 2, 2.0)
    assert (result.lowest, result.highest) == (1.0, 3.0)
    assert np.isnan(summary.folders["b"].mean)
    assert [one["path"] for one in summary.unscored] == ["a/3", "b/1"]


def test_nothing_scored_is_a_page_too(tmp_path):
    for rows in ([], [row("a.png", None, "missing", reason="no such file")]):
        assert list(FolderReport(tmp_path / "r").watched(rows)) == rows
        text = (tmp_path / "r" / "index.html").read_text()
        assert f"{len(rows)} images" in text


def test_addresses_outside_a_tree():
    assert relative_address("nul\0.png", "x") in ("", "../nul%00.png")
    assert relative_address("data:x/a.png", ".") == "data%3Ax/a.png"


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_opens_in_a_browser(folder, tmp_path, dark):
    result = [name for name in BROWSERS if shutil.which(name)]
    if not result:
        pytest.skip("no Chromium: install the system's package")
    text, _ = written(folder, tmp_path / "report")
    call = [result[0], "--headless=new", "--no-sandbox", "--disable-gpu"]
    call += ["--window-size=1200,1600", f"--user-data-dir={tmp_path / 'profile'}"]
    call += ["--blink-settings=preferredColorScheme=0"] if dark else []
    address = (tmp_path / "report" / "index.html").as_uri()
    options = {"capture_output": True, "check": True, "timeout": 300}
    shot = tmp_path / "shot.png"
    subprocess.run([*call, f"--screenshot={shot}", address], **options)
    pixels = np.asarray(Image.open(shot).convert("L"))
    assert (np.median(pixels) < 64) == dark
    assert np.mean(np.abs(pixels - np.median(pixels)) > 60) > 0.01
    dom = subprocess.run([*call, "--dump-dom", address], **options).stdout.decode()
    before, after = Parsed(text), Parsed(dom)
    assert len(after.values("img", "src")) == len(before.values("img", "src"))
    assert {tag for tag, _ in after.elements} <= {t for t, _ in before.elements} | {
        *("tbody", "html", "head", "body")
    }
