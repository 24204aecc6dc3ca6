"""Pictures without scores, by name."""

import numpy as np
import pytest

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import png
from tfiqa import synthetic
from tfiqa.data import prepared
from tfiqa.training import unlabeled
from tfiqa.training.unlabeled import open_images


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """Two prepared datasets, with scores and without."""
    folder = tmp_path_factory.mktemp("data")
    scored, unscored = folder / "scored", folder / "unscored"
    (scored / "images").mkdir(parents=True)
    unscored.mkdir()
    for number in range(10):
        encoded = png(toy_image(number))
        (scored / "images" / f"{number}.png").write_bytes(encoded)
        (unscored / f"{number}.png").write_bytes(encoded)
    rows = "\n".join(f"{number}.png,{number}" for number in range(10))
    (scored / "mos.csv").write_text(f"image,mos\n{rows}\n")
    prepared.prepare_dataset("mos_folder/few", data_dir=folder, manual_dir=scored)
    prepared.prepare_dataset("danbooru/few", data_dir=folder, manual_dir=unscored)
    return folder


def elements(images, seed=0, number=0):
    return list(images.epoch(seed, number).as_numpy_iterator())


def test_of_a_scored_dataset_the_training_rows(data_dir):
    opened = open_images("mos_folder/few", data_dir=data_dir)
    assert opened.count == len(elements(opened)) == 7
    other = open_images("mos_folder/few", data_dir=data_dir, split_seed=1)
    first, second = (
        {element["image"].tobytes() for element in elements(images)}
        for images in (opened, other)
    )
    assert first != second


def test_of_a_dataset_without_scores_everything(data_dir):
    assert len(elements(open_images("danbooru/few", data_dir=data_dir))) == 10


def test_a_part_is_named_after_a_colon(data_dir):
    counts = {"train": 7, "validation": 1, "test": 2, "all": 10}
    seen = {}
    for part, count in counts.items():
        opened = open_images(f"mos_folder/few:{part}", data_dir=data_dir)
        assert opened.name == f"mos_folder/few:{part}"
        seen[part] = {element["image"].tobytes() for element in elements(opened)}
        assert opened.count == len(seen[part]) == count
    assert seen["all"] == seen["train"] | seen["validation"] | seen["test"]
    assert open_images("danbooru/few:train", data_dir=data_dir).count == 10
    for name in ("mos_folder/few:some", "danbooru/few:some"):
        with pytest.raises(ValueError, match=r"One of the parts.*train.*some"):
            open_images(name, data_dir=data_dir)


def test_a_list_names_the_images_after_an_at_sign(data_dir, tmp_path, capsys):
    path = tmp_path / "list.csv"
    path.write_text(",im_loc\n0,3.png\n1,5\n2,77.png\n")
    chosen = {toy_image(number).tobytes() for number in (3, 5)}
    for name in ("danbooru/few", "mos_folder/few:all"):
        opened = open_images(f"{name}@{path}", data_dir=data_dir)
        assert opened.name == f"{name}@{path}"
        assert {row["image"].tobytes() for row in elements(opened)} == chosen
        said = f"1 of 3 names are not in {name.partition(':')[0]}"
        assert said in capsys.readouterr().err
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number}.png").write_bytes(png(toy_image(number)))
    opened = open_images(f"{folder}@{path}")
    assert {row["image"].tobytes() for row in elements(opened)} == chosen
    with pytest.raises(ValueError, match=r"names of images is expected.*none\.csv"):
        open_images(f"{folder}@none.csv")


def test_scores_that_rate_no_quality_hold_nothing_back(data_dir, monkeypatch):
    """As for AVA, whose scores are of beauty."""
    builder = unlabeled.builder_of("mos_folder/few")
    facts = type("Facts", (), {"rates_quality": False})
    monkeypatch.setattr(type(builder), "FACTS", facts, raising=False)
    assert open_images("mos_folder/few", data_dir=data_dir).count == 10
    assert unlabeled.builder_of("ava").FACTS.rates_quality is False
    assert unlabeled.builder_of("koniq10k").FACTS.rates_quality is True


def test_several_names_are_mixed(data_dir, tmp_path):
    (tmp_path / "a.png").write_bytes(png(toy_image(3)))
    names = f"{tmp_path},stream:dead_leaves/20/5,danbooru/few"
    opened = open_images(names, data_dir=data_dir)
    assert opened.name == names
    assert opened.count == 16
    shapes = sorted(element["image"].shape[0] for element in elements(opened))
    assert shapes == [20] * 5 + [40] * 11


def test_a_stream_never_repeats_a_picture():
    opened = open_images("stream:cel/24/3")
    assert opened.count == 3
    result = [
        element
        for seed, number in ((0, 0), (0, 1), (1, 0))
        for element in elements(opened, seed, number)
    ]
    assert [element["index"] for element in result] == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    assert len({element["image"].tobytes() for element in result}) == 9
    again = elements(opened, 0, 1)
    np.testing.assert_array_equal(again[2]["image"], result[5]["image"])


def test_a_stream_begins_new_series(monkeypatch):
    monkeypatch.setattr(unlabeled, "_PER_SERIES", 2)
    result = elements(open_images("stream:dead_leaves/16/5"), seed=3)
    first = unlabeled._FIRST_SERIES + (3 << 20)
    for place, element in enumerate(result):
        expected = synthetic.dead_leaves(place % 2, 16, seed=first + place // 2)
        np.testing.assert_array_equal(element["image"], expected)


def test_sides_and_counts_have_defaults():
    assert open_images("stream:cel").name == "stream:cel/512/1024"
    assert open_images("stream:cel/64").name == "stream:cel/64/1024"


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("stream:photographs", "dead_leaves, textured_leaves, cel"),
        ("stream:cel/8", "8"),
        ("stream:cel/64/0", "COUNT"),
        ("stream:cel/64/5/5", r"stream:KIND\[/SIDE"),
        ("stream:cel/large", r"stream:KIND\[/SIDE"),
        ("stream:cel,", "commas"),
        ("", "commas"),
        ("no/such/folder", r"existing folder.*stream:KIND.*prepared dataset"),
    ],
)
def test_what_is_not_there_is_told(names, message):
    with pytest.raises(ValueError, match=message):
        open_images(names)


def test_what_is_not_prepared_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"tfiqa\.prepare coco"):
        open_images("coco", data_dir=tmp_path)


def test_datasets_come_before_folders(tmp_path, monkeypatch):
    (tmp_path / "coco").mkdir()
    (tmp_path / "coco" / "a.png").write_bytes(png(toy_image(1)))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_images("coco", data_dir=tmp_path)
    assert open_images("./coco").count == 1
