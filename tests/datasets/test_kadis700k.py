"""KADIS-700k: types from its table, versions that can be repeated."""

import numpy as np
import pytest
from PIL import Image

from tfiqa.data import prepared
from tfiqa.datasets.kadis700k.kadis700k_dataset_builder import pristine
from tfiqa.datasets.kadis700k.versions import versions
from tfiqa.distortions import distort
from tfiqa.methods.contentsep.config import Config as Separation
from tfiqa.methods.contentsep.scenes import scenes_of
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.stored import stored_labels
from tfiqa.training.unlabeled import open_images


def test_reads_the_type_of_each_picture(published_folder):
    rows = pristine(published_folder("kadis700k"))
    assert [row["distortion"] for row in rows] == ["gaussian_blur", "white_noise"]
    assert [row["reference_id"] for row in rows] == ["abbey_0", "abbey_1"]


@pytest.mark.parametrize("number", ["26", "0", "", "blur"])
def test_unknown_types_are_refused(published_folder, number):
    folder = published_folder("kadis700k")
    table = folder / "kadis700k_ref_imgs.csv"
    table.write_text(table.read_text().replace(",11", f",{number}"))
    with pytest.raises(ValueError, match=r"for 'abbey_1\.png'"):
        pristine(folder)


def test_versions_are_those_of_the_bank(published_folder):
    row = pristine(published_folder("kadis700k"))[0]
    made = list(versions(row))
    assert [one["image_id"] for one in made] == [
        f"abbey_0_01_{level:02d}.png" for level in range(1, 6)
    ]
    pixels = np.asarray(Image.open(row["image"]))[None]
    expected = distort(pixels, "gaussian_blur", 4, [0, 0])[0]
    result = np.asarray(Image.open(made[3]["image"]))
    np.testing.assert_allclose(result, expected, atol=0.51)
    assert made[3]["level"] == 4


def test_random_versions_repeat_and_differ_by_level(published_folder):
    row = pristine(published_folder("kadis700k"))[1]
    one, other = (
        [np.asarray(Image.open(v["image"])).astype(int) for v in versions(row)]
        for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)
    noise = [picture - np.asarray(Image.open(row["image"])) for picture in one]
    # Of stronger noise the differences are larger, not the same ones scaled.
    assert noise[4].std() > noise[0].std()
    correlation = np.corrcoef(noise[0].ravel(), noise[4].ravel())[0, 1]
    assert abs(correlation) < 0.7


def test_types_and_levels_are_known_when_it_is_opened(published_folder, tmp_path):
    folder = published_folder("kadis700k")
    for name, known in (("distorted", 10), ("pristine", 0)):
        dataset = f"kadis700k/{name}"
        prepared.prepare_dataset(dataset, data_dir=tmp_path, manual_dir=folder)
        opened = open_images(dataset, data_dir=tmp_path)
        assert opened.versions is not None
        assert opened.versions.references.tolist() == [
            f"abbey_{number}" for number in (0, 1) for _ in range(opened.count // 2)
        ]
        assert (opened.count if opened.distorted else 0) == known
        if known:
            # Five levels of blur, of which the first is none, and of noise.
            labels = stored_labels(opened, Config())
            assert labels is not None
            assert labels.tolist() == [125, 1, 2, 3, 4, 50, 51, 52, 53, 54]


def test_versions_of_a_scene_find_their_reference(published_folder, tmp_path):
    folder = published_folder("kadis700k")
    names = ["kadis700k/distorted", "kadis700k/pristine"]
    for name in names:
        prepared.prepare_dataset(name, data_dir=tmp_path, manual_dir=folder)
    scenes = scenes_of(open_images(",".join(names), data_dir=tmp_path), Separation())
    assert scenes.count == 2
    for position in range(2):
        example = scenes.at(0, 0, position)
        stack, number = example["image"].numpy(), int(example["index"])
        path = folder / "ref_imgs" / f"abbey_{number}.png"
        np.testing.assert_array_equal(stack[0], np.asarray(Image.open(path)))
        assert len(np.unique(stack, axis=0)) == 4
