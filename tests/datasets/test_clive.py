"""LIVE in the Wild, with tables as MATLAB writes them."""

import numpy as np
import pytest
import scipy.io

from tfiqa.datasets.clive.clive_dataset_builder import examples


@pytest.fixture
def folder(tmp_path, write_published):
    return write_published("clive", tmp_path / "ChallengeDB_release")


def write(folder, key, values, *, name=None):
    scipy.io.savemat(folder / "Data" / f"{key}.mat", {name or key: values})


def test_leaves_the_training_pictures_out(folder):
    rows = examples(folder)
    assert [row["image_id"] for row in rows] == [f"{k}.bmp" for k in range(1, 11)]
    scores = np.linspace(3, 92, 17)[7:]
    np.testing.assert_allclose([row["mos"] for row in rows], scores)
    np.testing.assert_allclose(
        [row["mos_std"] for row in rows], np.linspace(10, 20, 17)[7:]
    )


def test_training_pictures_may_lie_among_the_others(folder):
    training = folder / "Images" / "trainingImages" / "t1.bmp"
    training.rename(folder / "Images" / "t1.bmp")
    assert len(examples(folder)) == 10


def test_reads_1162_of_1169_rows(tmp_path):
    names = [f"t{k}.bmp" for k in range(1, 8)] + [f"{k}.JPG" for k in range(1, 1_163)]
    (tmp_path / "Images").mkdir()
    (tmp_path / "Data").mkdir()
    for name in names[7:]:
        (tmp_path / "Images" / name).touch()
    cells = np.empty((1_169, 1), object)
    cells[:, 0] = names
    write(tmp_path, "AllImages_release", cells)
    write(tmp_path, "AllMOS_release", np.full((1, 1_169), 50.0))
    write(tmp_path, "AllStdDev_release", np.full((1, 1_169), 20.0))
    assert len(examples(tmp_path)) == 1_162


def test_columns_of_unequal_length_are_refused(folder):
    write(folder, "AllMOS_release", np.ones((1, 16)))
    with pytest.raises(ValueError, match="'AllMOS_release': 16"):
        examples(folder)


def test_a_table_without_its_variable_is_refused(folder):
    write(folder, "AllMOS_release", np.ones((1, 17)), name="mos")
    with pytest.raises(ValueError, match=r"'AllMOS_release' is .*\['mos'\]"):
        examples(folder)


def test_scores_that_are_no_numbers_are_refused(folder):
    write(folder, "AllMOS_release", np.full((1, 17), np.nan))
    with pytest.raises(ValueError, match="10 rows whose score is not a number"):
        examples(folder)


def test_the_wrong_folder_is_named(folder):
    with pytest.raises(ValueError, match="AllImages_release"):
        examples(folder / "Images")
