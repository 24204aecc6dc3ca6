"""What tests of pipelines share: images, and their scores without Beam."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tfiqa


@pytest.fixture(scope="package")
def photos(tmp_path_factory) -> Path:
    """A folder of small images, one of them broken."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for number in range(12):
        coarse = Image.fromarray(random.integers(0, 255, (8, 8, 3), np.uint8))
        fine = random.integers(-20, 20, (96, 96, 3))
        pixels = np.asarray(coarse.resize((96, 96)), np.int32) + fine
        Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(
            folder / f"{number:02d}.png"
        )
    (folder / "broken.jpg").write_bytes(b"no image")
    return folder


@pytest.fixture(scope="package")
def scores(photos) -> dict[str, tuple]:
    """The rows of `tfiqa.score` by file name."""
    return {
        Path(row.path).name: (row.score, row.status, row.reason, row.width)
        for row in tfiqa.score_files(photos, "niqe")
    }
