"""PIPAL: labels in one file for each reference."""

from collections import defaultdict

import pytest

from tfiqa.datasets.pipal.pipal_dataset_builder import examples


def test_reads_the_labels_in_order(published_folder):
    rows = examples(published_folder("pipal"))
    assert [row["image_id"] for row in rows[:5]] == [
        "A0001_00_00.bmp",
        "A0001_01_01.bmp",
        "A0001_00_02.bmp",
        "A0001_01_03.bmp",
        "A0002_00_00.bmp",
    ]
    assert rows[3]["image"].parent.name == "Distortion_4"
    assert (rows[3]["mos"], rows[3]["reference_id"]) == (1403.0, "A0001")
    assert (rows[3]["distortion"], rows[3]["level"]) == ("01", 3)


def test_pictures_may_lie_in_one_folder(published_folder):
    folder = published_folder("pipal")
    (folder / "Train_Dist").mkdir()
    for path in sorted(folder.glob("Distortion_*/*.bmp")):
        path.rename(folder / "Train_Dist" / path.name)
    assert len(examples(folder)) == 12


def test_reads_all_scores(uniform, touch):
    table = uniform("PIPAL")
    # `PIPAL/Distortion_1/A0001_00_00.bmp`
    names = [row["dis_img_path"].split("/", 1)[1] for row in table]
    folder = touch(names)
    lines = defaultdict(list)
    for name, row in zip(names, table, strict=True):
        bare = name.split("/")[-1]
        lines[bare[:5]].append(f"{bare},{row['score']}\r\n")
    (folder / "Train_Label").mkdir()
    for reference, texts in lines.items():
        path = folder / "Train_Label" / f"{reference}.txt"
        path.write_bytes("".join(texts).encode())
    rows = examples(folder)
    assert len(rows) == 23_200
    assert len({row["reference_id"] for row in rows}) == 200
    assert len({(row["distortion"], row["level"]) for row in rows}) == 116
    expected = {row["dis_img_path"][-15:]: float(row["score"]) for row in table}
    assert {row["image_id"]: row["mos"] for row in rows} == expected


@pytest.mark.parametrize("line", ["A0001_00_00.bmp 1400", "A1_0_0.bmp,1400", ",1"])
def test_other_lines_are_refused(published_folder, line):
    folder = published_folder("pipal")
    (folder / "Train_Label" / "A0002.txt").write_text(line)
    with pytest.raises(ValueError, match=r"A0002\.txt\. Received: "):
        examples(folder)
