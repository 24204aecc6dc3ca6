"""LIVE Multiply Distorted: two parts that share their blurred pictures."""

import numpy as np
import pytest
import scipy.io

from tests.datasets.layouts import cells
from tfiqa.datasets.live_md.live_md_dataset_builder import examples


def test_reads_both_parts(published_folder):
    rows = examples(published_folder("live_md"))
    assert [row["image_id"] for row in rows[:2]] == [
        "Part 1/blurjpeg/babygirl_blur1.bmp",
        "Part 1/blurjpeg/babygirl_blur2_jpeg3.bmp",
    ]
    assert rows[6]["image_id"] == "Part 2/blurnoise/babygirl_blur1.bmp"
    assert {row["reference_id"] for row in rows} == {
        "babygirl",
        "hatgirl",
        "volleyball",
    }
    assert [row["distortion"] for row in rows[6:8]] == ["blur1", "blur2_noise3"]
    np.testing.assert_allclose(
        [row["mos"] for row in rows], [*np.linspace(1, 80, 6)] * 2
    )


def test_spaces_may_have_been_replaced(published_folder):
    folder = published_folder("live_md")
    (folder / "Part 1").rename(folder / "Part_1")
    rows = examples(folder)
    assert rows[0]["image_id"].startswith("Part 1/")
    assert rows[0]["image"].exists()


def test_reads_all_names_and_scores(uniform, touch):
    table = uniform("LIVE_MD")
    # `LIVE_MD/To_Release/Part_1/blurjpeg/babygirl_blur1.bmp`
    names = [row["dis_img_path"].split("/", 2)[2] for row in table]
    references = {row["ref_img_path"].split("/")[-1] for row in table}
    folder = touch(names)
    for part, inside in (("Part_1", "blurjpeg"), ("Part_2", "blurnoise")):
        touch(f"{part}/{inside}/{reference}" for reference in references)
        chosen = [k for k, name in enumerate(names) if name.startswith(part)]
        bare = [names[k].split("/")[-1] for k in chosen]
        lists = {"distimgs": cells(bare, nested=True)}
        scipy.io.savemat(folder / part / "Imagelists.mat", lists)
        scores = [float(table[k]["score"]) for k in chosen]
        scipy.io.savemat(folder / part / "Scores.mat", {"DMOSscores": [scores]})
    rows = examples(folder)
    assert len(rows) == len({row["image_id"] for row in rows}) == 450
    contents = {(row["reference_id"], row["image"].name) for row in rows}
    assert len(contents) == 405
    assert {f"{row['reference_id']}.bmp" for row in rows} == references
    assert len(references) == 15
    assert [row["mos"] for row in rows] == [float(row["score"]) for row in table]


def test_names_without_scores_are_refused(published_folder):
    folder = published_folder("live_md")
    scores = {"DMOSscores": np.ones((1, 5))}
    scipy.io.savemat(folder / "Part 2" / "Scores.mat", scores)
    with pytest.raises(ValueError, match=r"Part 2\. Received: 5 scores and 6 names"):
        examples(folder)
