"""Tests of the page that scores in a browser: Chromium, without a screen."""

import contextlib
import functools
import http.server
import os
import queue
import shutil
import signal
import subprocess
import threading
import urllib.parse
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.export import tflite
from tfiqa.scoring.scorer import predictor

pytestmark = pytest.mark.slow

WEB = Path(__file__).parents[2] / "web"
SIZE = (48, 64)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# Drops a file upon the page, as a hand would, and tells what the page then says.
HAND = """<!doctype html>
<iframe id="page" src="index.html"></iframe>
<script type="module">
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const frame = document.getElementById('page');
  await new Promise((done) => frame.addEventListener('load', done));
  const page = frame.contentDocument;
  const said = () => page.getElementById('result').value;
  const name = new URLSearchParams(location.search).get('picture');
  const bytes = await (await fetch(name)).blob();
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name, {type: 'image/png'}));
  while (said().startsWith('loading')) await wait(50);
  page.dispatchEvent(new DragEvent('drop', {dataTransfer: dropped, bubbles: true}));
  await wait(50);
  while (said() === 'scoring') await wait(50);
  await fetch('said?' + encodeURIComponent(said()));
</script>
"""


@pytest.fixture(scope="module")
def browser():
    result = [name for name in BROWSERS if shutil.which(name)]
    if not result:
        pytest.skip("no Chromium: install the system's package")
    return shutil.which(result[0])


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer(mos_range=[-20.0, 60.0])


@pytest.fixture(scope="module")
def folder(scorer, tmp_path_factory):
    if shutil.which("npm") is None:
        pytest.skip("no npm")
    folder = tmp_path_factory.mktemp("web")
    for file in WEB.glob("*.*"):
        shutil.copy(file, folder)
    install = ["npm", "install", "--no-package-lock", "--ignore-scripts"]
    subprocess.run(install, cwd=folder, check=True, capture_output=True)
    pictures = [toy_image(seed) for seed in range(3)]
    tflite.export(scorer, folder / "model.tflite", size=SIZE, images=pictures)
    (folder / "hand.html").write_text(HAND)
    return folder


def handler_of(heard):
    class Handler(http.server.SimpleHTTPRequestHandler):
        extensions_map = {
            **http.server.SimpleHTTPRequestHandler.extensions_map,
            ".wasm": "application/wasm",
        }

        def do_GET(self):
            path, _, query = self.path.partition("?")
            if path == "/said":
                heard.put(urllib.parse.unquote(query))
                self.send_error(204)
            else:
                super().do_GET()

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def served(folder):
    heard: queue.Queue[str] = queue.Queue()
    handler = functools.partial(handler_of(heard), directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", heard
        server.shutdown()


def said(browser, folder, name, tmp_path):
    """Returns what the page says of a file that is dropped upon it."""
    with served(folder) as (address, heard):
        call = [browser, "--headless=new", "--no-sandbox", "--disable-gpu"]
        call += [f"--user-data-dir={tmp_path / 'profile'}"]
        call += [f"{address}/hand.html?picture={name}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(call, start_new_session=True, **quiet)
        try:
            return heard.get(timeout=120)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.mark.parametrize("size", [SIZE, (57, 91)])
def test_a_dropped_picture_gets_its_score(browser, folder, scorer, tmp_path, size):
    pixels = toy_image(4, *size)
    Image.fromarray(pixels).save(folder / "a.png")
    message = said(browser, folder, "a.png", tmp_path)
    top, left = ((length - seen) // 2 for length, seen in zip(size, SIZE, strict=True))
    middle = pixels[top : top + SIZE[0], left : left + SIZE[1]]
    expected = (predictor(scorer)(middle) + 20) / 0.8
    assert message.startswith("score "), message
    assert float(message.split()[1]) == pytest.approx(expected, abs=1e-2)


@pytest.mark.parametrize(
    ("name", "pixels", "expected"),
    [
        ("flat.png", np.full((*SIZE, 3), 9, "uint8"), "no structure to judge"),
        ("small.png", toy_image(0, 47, 64), "64 x 48 pixels or more is expected"),
        ("junk.png", None, "not scored"),
    ],
)
def test_what_has_no_score_is_told(browser, folder, tmp_path, name, pixels, expected):
    if pixels is None:
        (folder / name).write_bytes(b"no picture")
    else:
        Image.fromarray(pixels).save(folder / name)
    assert expected in said(browser, folder, name, tmp_path)
