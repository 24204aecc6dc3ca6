"""COCO, CERTH, VOC and ImageNet: pictures without scores."""

import pytest

from tfiqa.data import prepared
from tfiqa.data.load import load_images
from tfiqa.datasets.certh_blur import certh_blur_dataset_builder as certh_blur
from tfiqa.datasets.coco import coco_dataset_builder as coco


def test_coco_takes_the_folders_that_are_there(published_folder):
    parts = {
        part: [row["image_id"] for row in rows]
        for part, rows in coco.examples(published_folder("coco")).items()
    }
    assert list(parts) == ["train", "validation", "unlabeled", "test2015"]
    assert parts["unlabeled"] == ["000000000200.jpg", "000000000201.jpg"]


def test_coco_names_what_it_looks_for(tmp_path):
    with pytest.raises(ValueError, match=r"one of \['train2017'"):
        coco.examples(tmp_path)


def test_voc_has_the_images_of_all_tasks(published_folder, tmp_path):
    folder = published_folder("voc2012")
    builder = prepared.prepare_dataset(
        "voc2012", data_dir=tmp_path / "data", manual_dir=folder
    )
    assert {part: info.num_examples for part, info in builder.info.splits.items()} == {
        "train": 2,
        "validation": 2,
        "test": 2,
        "rest": 1,
    }
    rest = load_images("voc2012", data_dir=tmp_path / "data", part="rest")
    assert rest.image_ids == ("2007_000027.jpg",)


def test_certh_tells_what_is_blurred(published_folder):
    parts = certh_blur.examples(published_folder("certh_blur"))
    kinds = {
        row["image_id"]: row["distortion"] for rows in parts.values() for row in rows
    }
    assert kinds == {
        "TrainingSet/Undistorted/DSC_0001.JPG": "none",
        "TrainingSet/Naturally-Blurred/DSC_0001.JPG": "natural_blur",
        "TrainingSet/Artificially-Blurred/DSC_0001.JPG": "artificial_blur",
        "EvaluationSet/NaturalBlurSet/DSCN0.jpg": "natural_blur",
        "EvaluationSet/NaturalBlurSet/DSCN1.jpg": "none",
        "EvaluationSet/DigitalBlurSet/DSCN0.jpg": "artificial_blur",
        "EvaluationSet/DigitalBlurSet/DSCN1.jpg": "none",
    }


def test_certh_works_without_spreadsheets(published_folder):
    folder = published_folder("certh_blur")
    for path in (folder / "EvaluationSet").glob("*.xlsx"):
        path.unlink()
    rows = certh_blur.examples(folder)["test"]
    assert [row["distortion"] for row in rows] == [""] * 4


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("voc2012", r"without 'VOCdevkit/VOC2012/ImageSets/Main/train\.txt'"),
        ("imagenet2012", r"one of \['ILSVRC2012_img_train\.tar'"),
    ],
)
def test_the_wrong_folder_is_named(tmp_path, name, match):
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "notes.txt").touch()
    with pytest.raises(ValueError, match=match):
        prepared.prepare_dataset(
            name, data_dir=tmp_path / "prepared", manual_dir=tmp_path / "published"
        )
