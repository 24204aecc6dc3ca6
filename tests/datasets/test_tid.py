"""TID2008 and TID2013: names of two cases, lines that end as on Windows."""

import shutil
from collections import Counter

import numpy as np
import pytest

from tfiqa.datasets import tid


def test_reads_names_of_any_case(published_folder):
    folder = published_folder("tid2013")
    rows = tid.examples(folder, types=24)
    assert rows[0] == {
        "image": folder / "distorted_images" / "i01_01_1.bmp",
        "image_id": "I01_01_1.bmp",
        "mos": 1.125,
        "mos_std": 0.25,
        "reference_id": "I01",
        "distortion": "additive_gaussian_noise",
        "level": 1,
    }
    assert (rows[-1]["reference_id"], rows[-1]["distortion"]) == (
        "I05",
        "gaussian_blur",
    )


def test_standard_deviations_may_be_missing(published_folder):
    folder = published_folder("tid2013")
    (folder / "mos_std.txt").unlink()
    assert all(np.isnan(row["mos_std"]) for row in tid.examples(folder, types=24))


def test_reads_the_real_table_of_2013(metadata, touch):
    text = (metadata / "tid2013" / "mos_with_names.txt").read_text()
    names = text.split()[1::2]
    folder = touch(f"distorted_images/{name.upper()}" for name in names)
    shutil.copy(metadata / "tid2013" / "mos_with_names.txt", folder)
    rows = tid.examples(folder, types=24)
    assert len(rows) == 3_000
    assert Counter(row["distortion"] for row in rows) == dict.fromkeys(
        tid.DISTORTIONS, 125
    )
    assert Counter(row["level"] for row in rows) == dict.fromkeys(range(1, 6), 600)
    assert len({row["reference_id"] for row in rows}) == 25
    scores = [row["mos"] for row in rows]
    assert (min(scores), max(scores), scores[0]) == (0.24242, 7.21429, 5.51429)


def test_reads_the_scores_of_2008(uniform, touch):
    table = uniform("TID2008")
    names = [row["dis_img_path"].split("/")[-1] for row in table]
    folder = touch(f"distorted_images/{name.lower()}" for name in names)
    lines = [f"{row['score']} {name}" for row, name in zip(table, names, strict=True)]
    (folder / "mos_with_names.txt").write_bytes("\r\n".join(lines).encode())
    rows = tid.examples(folder, types=17)
    assert len(rows) == 1_700
    assert len({row["reference_id"] for row in rows}) == 25
    assert max(row["level"] for row in rows) == 4
    # Both tables name the seventeen types, in words of their own.
    pairs = {
        (row["distortion"], message["dis_type"])
        for row, message in zip(rows, table, strict=True)
    }
    assert len(pairs) == 17
    assert {
        ("gaussian_blur", "GBLUR"),
        ("jpeg2000_transmission_errors", "JP2K_Transmission_Error"),
        ("contrast_change", "Contrast_Dist."),
    } < pairs


@pytest.mark.parametrize("name", ["i01_25_1.bmp", "i01_00_1.bmp", "lena.bmp"])
def test_other_names_are_refused(touch, name):
    folder = touch([f"distorted_images/{name}"])
    (folder / "mos_with_names.txt").write_text(f"1.5 {name}\n")
    with pytest.raises(ValueError, match=f"types of 1 to 24.*'{name}'"):
        tid.examples(folder, types=24)


def test_types_of_2013_are_none_of_2008(touch):
    folder = touch(["distorted_images/i01_18_1.bmp"])
    (folder / "mos_with_names.txt").write_text("1.5 i01_18_1.bmp\n")
    assert len(tid.examples(folder, types=24)) == 1
    with pytest.raises(ValueError, match="types of 1 to 17"):
        tid.examples(folder, types=17)


def test_deviations_of_another_length_are_refused(published_folder):
    folder = published_folder("tid2008")
    (folder / "mos_std.txt").write_text("0.5\n")
    with pytest.raises(ValueError, match="Received: 1 and 20"):
        tid.examples(folder, types=17)
