"""KonIQ-10k in its three published tables."""

import csv

import numpy as np
import pytest

from tfiqa.data import prepared
from tfiqa.data.load import load
from tfiqa.datasets.koniq10k import koniq10k_dataset_builder
from tfiqa.datasets.koniq10k.koniq10k_dataset_builder import examples
from tfiqa.training import SheetRequest
from tfiqa.training import draw_sheet
from tfiqa.training import sheets

SETS = "koniq10k_distributions_sets.csv"


@pytest.fixture
def folder(tmp_path, write_published):
    return write_published("koniq10k", tmp_path / "koniq10k")


def rewritten(folder, name, columns):
    """Replaces the table by another one of the published ones."""
    with (folder / SETS).open(newline="") as file:
        rows = list(csv.DictReader(file))
    (folder / SETS).unlink()
    with (folder / name).open("w", newline="") as file:
        table = csv.writer(file, quoting=csv.QUOTE_ALL)
        table.writerow(columns)
        table.writerows([[columns[c](row) for c in columns] for row in rows])


SCORES = {
    "image_name": lambda row: row["image_name"],
    "MOS_zscore": lambda row: row["MOS"],
    "MOS": lambda row: "3.5",
}


def test_keeps_the_official_parts(folder):
    parts = examples(folder)
    assert {part: len(rows) for part, rows in parts.items()} == {
        "train": 5,
        "validation": 2,
        "test": 3,
    }
    first = parts["train"][0]
    assert (first["image_id"], first["mos"], first["mos_std"]) == (
        "10000.jpg",
        4.5,
        0.5,
    )
    np.testing.assert_allclose(first["mos_histogram"], [0, 0.1, 0.2, 0.3, 0.4])


def test_official_parts_do_not_depend_on_the_seed(folder, tmp_path):
    data_dir = tmp_path / "prepared"
    prepared.prepare_dataset("koniq10k", data_dir=data_dir, manual_dir=folder)
    one, other = (load("koniq10k", data_dir=data_dir, split_seed=k) for k in (0, 1))
    assert one.train.image_ids == other.train.image_ids
    assert one.validation.image_ids == ("10005.jpg", "10006.jpg")
    assert one.train.examples.element_spec["mos_histogram"].shape == (5,)


def test_reads_scores_alone(folder, tmp_path):
    rewritten(folder, "koniq10k_scores.csv", SCORES)
    data_dir = tmp_path / "prepared"
    prepared.prepare_dataset("koniq10k", data_dir=data_dir, manual_dir=folder)
    parts = load("koniq10k", data_dir=data_dir)
    assert [parts.train.count, parts.validation.count, parts.test.count] == [7, 1, 2]
    assert set(parts.train.examples.element_spec) == {"image", "image_id", "mos"}
    scores = dict(zip(parts.train.image_ids, parts.train.mos, strict=True))
    assert all(score == 9 * int(name[:5]) - 89_995.5 for name, score in scores.items())


def test_reads_counts_of_ratings(folder):
    counts = {f"c{k}": lambda row, k=k: str(10 * k - 10) for k in range(1, 6)}
    std = {"SD": lambda row: row["SD"]}
    columns = {**SCORES, **counts, **std}
    rewritten(folder, "koniq10k_scores_and_distributions.csv", columns)
    rows = examples(folder)["train"]
    assert len(rows) == 10
    np.testing.assert_allclose(rows[3]["mos_histogram"], [0, 0.1, 0.2, 0.3, 0.4])
    assert rows[3]["mos_std"] == 0.5


def test_prefers_the_larger_pictures(folder):
    (folder / "512x384").rename(folder / "1024x768")
    (folder / "512x384").mkdir()
    assert examples(folder)["test"][0]["image"].parent.name == "1024x768"


def test_unknown_parts_are_refused(folder):
    table = folder / SETS
    table.write_text(table.read_text().replace("validation", "holdout"))
    with pytest.raises(ValueError, match=r"'holdout' for '10005\.jpg'"):
        examples(folder)


def test_ratings_of_1_to_5_are_not_taken_for_scores(folder):
    columns = {"image_name": SCORES["image_name"], "MOS": SCORES["MOS"]}
    rewritten(folder, "koniq10k_scores.csv", columns)
    with pytest.raises(ValueError, match=r"'image_name', 'MOS_zscore'\] are"):
        examples(folder)


def test_the_wrong_folder_is_named(folder):
    with pytest.raises(ValueError, match=r"one of \['1024x768', '512x384'\]"):
        examples(folder / "512x384")


@pytest.mark.parametrize(
    ("table", "counts"),
    [
        (SETS, {"train": 7_058, "validation": 1_000, "test": 2_015}),
        ("koniq10k_scores.csv", {"train": 10_073}),
    ],
)
def test_reads_the_real_tables(shared, tmp_path, table, counts):
    real = shared / "data" / "metadata" / "koniq10k" / table
    (tmp_path / table).write_bytes(real.read_bytes())
    (tmp_path / "512x384").mkdir()
    with real.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            (tmp_path / "512x384" / row["image_name"]).touch()
    parts = examples(tmp_path)
    assert {part: len(rows) for part, rows in parts.items()} == counts
    rows = {row["image_id"]: row for part in parts.values() for row in part}
    assert rows["10004473376.jpg"]["mos"] == pytest.approx(77.38362069)
    scores = [row["mos"] for row in rows.values()]
    assert (min(scores), max(scores)) == pytest.approx((3.911765, 88.388889))


def test_the_builder_names_all_tables():
    text = koniq10k_dataset_builder.Builder.MANUAL_DOWNLOAD_INSTRUCTIONS
    for table in koniq10k_dataset_builder.TABLES:
        assert table in text


NAMES = ["brightness", "contrast", "colorfulness", "sharpness", "quality_factor"]


def write_indicators(folder):
    rows = [["image_id", *NAMES, "bitrate"]]
    rows += [[10_000 + k, k, k + 1, k + 2, k + 3, 90, 7] for k in range(9)]
    with (folder / "koniq10k_indicators.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def test_reads_the_indicators_where_they_are(folder):
    unknown = examples(folder)["train"][0]["attributes"]
    assert np.isnan(unknown).all()
    write_indicators(folder)
    parts = examples(folder)
    np.testing.assert_array_equal(parts["train"][2]["attributes"], [2, 3, 4, 5, 90])
    assert np.isnan(parts["test"][-1]["attributes"]).all()  # no such row


def test_draws_the_indicators_of_all_parts(folder, tmp_path, monkeypatch):
    data_dir, drawn = tmp_path / "prepared", {}
    request = SheetRequest("attributes", dataset="koniq10k", data_dir=data_dir)
    prepared.prepare_dataset("koniq10k", data_dir=data_dir, manual_dir=folder)
    with pytest.raises(ValueError, match=r"file of its indicators.*'koniq10k'"):
        draw_sheet(request)
    write_indicators(folder)
    prepared.prepare_dataset(
        "koniq10k", data_dir=data_dir, manual_dir=folder, overwrite=True
    )
    monkeypatch.setattr(
        sheets, "attributes", lambda values, mos, **_: drawn.update(values, mos=mos)
    )
    draw_sheet(request)
    assert list(drawn) == [*NAMES, "mos"]
    # The parts are in published order: 5 to train, 2 to validate, 3 to test.
    np.testing.assert_array_equal(drawn["sharpness"], [*range(3, 12), np.nan])
    np.testing.assert_array_equal(drawn["mos"], 9 * np.arange(10) + 4.5)


def test_spare_pictures_are_no_fault(folder):
    source = folder / "512x384" / "10000.jpg"
    (folder / "512x384" / "999.jpg").write_bytes(source.read_bytes())
    assert sum(map(len, examples(folder).values())) == 10
