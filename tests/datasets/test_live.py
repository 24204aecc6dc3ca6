"""LIVE release 2: the order of the tables, and the pristine copies."""

import shutil
from collections import Counter

import numpy as np
import pytest
import scipy.io

from tests.datasets.layouts import LIVE_FOLDERS
from tfiqa.datasets.live.live_dataset_builder import examples


def test_reads_folders_in_order_without_copies(published_folder):
    folder = published_folder("live")
    rows = examples(folder)
    names = [
        f"{kind}/img{number}.bmp"
        for kind, count in LIVE_FOLDERS.items()
        for number in range(1, count + 1)
    ]
    kept = [k for k in range(982) if k < 227 or k % 2 == 0]
    assert [row["image_id"] for row in rows] == [names[k] for k in kept]
    np.testing.assert_allclose(
        [row["mos"] for row in rows], np.linspace(-2, 111, 982)[kept]
    )
    assert [row["reference_id"] for row in rows[:2]] == [
        "reference0.bmp",
        "reference1.bmp",
    ]
    assert rows[-1]["image"] == folder / rows[-1]["image_id"]
    assert rows[-1]["distortion"] == "fastfading"


def test_reads_the_real_tables(metadata, touch):
    folder = touch(
        f"{kind}/img{number}.bmp"
        for kind, count in LIVE_FOLDERS.items()
        for number in range(1, count + 1)
    )
    for name in ("dmos_realigned.mat", "refnames_all.mat"):
        shutil.copy(metadata / "live" / name, folder)
    rows = examples(folder)
    # Sheikh et al. (2006), table I, less the copies of references.
    assert Counter(row["distortion"] for row in rows) == {
        "jp2k": 169,
        "jpeg": 175,
        "wn": 145,
        "gblur": 145,
        "fastfading": 145,
    }
    references = {row["reference_id"] for row in rows}
    assert len(references) == 29
    assert "studentsculpture.bmp" in references
    scores = np.array([row["mos"] for row in rows])
    assert scores.max() == pytest.approx(111.7747, abs=1e-4)
    assert scores.min() == pytest.approx(-2.6400, abs=1e-4)
    assert all(row["mos_std"] > 0 for row in rows)


def test_tables_of_another_release_are_refused(published_folder):
    folder = published_folder("live")
    short = {"dmos_new": np.ones((1, 779)), "orgs": np.zeros((1, 779))}
    short["dmos_std"] = np.ones((1, 779))
    scipy.io.savemat(folder / "dmos_realigned.mat", short)
    with pytest.raises(ValueError, match=r"982 rows .*'dmos_new': 779"):
        examples(folder)


def test_half_an_archive_is_told(published_folder):
    folder = published_folder("live")
    shutil.rmtree(folder / "gblur")
    with pytest.raises(ValueError, match="without 'gblur'"):
        examples(folder)
    (folder / "gblur").mkdir()
    with pytest.raises(ValueError, match=r"174 rows without an image \('gblur/img1"):
        examples(folder)
