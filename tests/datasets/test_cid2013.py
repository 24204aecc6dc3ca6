"""CID2013: six sets of eight scenes."""

import shutil
from collections import Counter

import pytest

from tfiqa.datasets.cid2013.cid2013_dataset_builder import examples


def test_reads_the_spreadsheet(published_folder):
    rows = examples(published_folder("cid2013"))
    assert rows[1]["image_id"] == "IS1/co2/IS_I_C02_D01.jpg"
    assert (rows[1]["mos"], rows[1]["reference_id"]) == (-3.5, "co2")
    assert rows[-1]["image"].parts[-3:] == ("IS6", "co8", "IS_VI_C08_D01.jpg")


def test_reads_the_real_table(metadata, touch):
    real = metadata / "cid2013" / "CID2013.csv"
    names = [line.split(",")[1] for line in real.read_text().splitlines()[1:]]
    folder = touch(names)
    shutil.copy(real, folder)
    rows = examples(folder)
    assert [row["image_id"] for row in rows] == names
    assert len(rows) == 474
    contents = Counter(row["reference_id"] for row in rows)
    assert sorted(contents) == [f"co{k}" for k in range(1, 9)]
    sets = Counter(row["image_id"].split("/")[0] for row in rows)
    assert len(sets) == 6
    scores = [row["mos"] for row in rows]
    assert (min(scores), max(scores)) == pytest.approx((-9.549063, 87.882071))


def test_both_tables_agree(uniform, metadata):
    lines = (metadata / "cid2013" / "CID2013.csv").read_text().splitlines()[1:]
    table = dict(line.split(",")[1:] for line in lines)
    for row in uniform("CID2013"):
        name = row["dis_img_path"].removeprefix("CID2013/")
        assert float(table[name]) == pytest.approx(float(row["score"]))


def test_a_missing_set_is_told(published_folder):
    folder = published_folder("cid2013")
    shutil.rmtree(folder / "IS4")
    with pytest.raises(ValueError, match="without 'IS4'"):
        examples(folder)
