"""Tests of the extraction of features."""

import numpy as np
import pytest

from tfiqa import trainers
from tfiqa.trainers import extraction

PICTURES = np.random.default_rng(0).integers(0, 256, (7, 4, 4, 3), dtype=np.uint8)


def mean(picture):
    return picture.mean(axis=(0, 1))


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(extraction, "BLOCK", 3)


def extracted(folder, read, *, resume=False):
    run = trainers.Run(folder, resume=resume, verbose=0)
    return trainers.extract(read, lambda i: PICTURES[i:], 7, run=run, name="train")


def test_rows_are_in_the_order_of_the_pictures(tmp_path):
    expected = PICTURES.mean(axis=(1, 2))
    np.testing.assert_allclose(extracted(tmp_path, mean), expected, rtol=1e-6)


def test_a_resumed_run_computes_only_what_is_missing(tmp_path):
    def breaks(picture):
        if np.array_equal(picture, PICTURES[4]):
            raise KeyboardInterrupt
        return mean(picture)

    with pytest.raises(KeyboardInterrupt):
        extracted(tmp_path, breaks)
    seen = []

    def counted(picture):
        seen.append(picture)
        return mean(picture)

    rows = extracted(tmp_path, counted, resume=True)
    np.testing.assert_allclose(rows, PICTURES.mean(axis=(1, 2)), rtol=1e-6)
    assert len(seen) == 4  # A block of three had been written.
