"""Tests of the pictures on which exports are compared."""

import numpy as np
import pytest
from PIL import Image

from tests.support.toy_scorer import picture
from tfiqa.export import pictures


def test_generated_pictures_differ():
    found = pictures.generated(20, min_side=60)
    assert len(found) == 20
    assert min(min(one.shape[:2]) for one in found) == 60
    assert min(min(one.shape[:2]) for one in pictures.generated(8)) < 48
    again = pictures.generated(20, min_side=60)
    assert all(np.array_equal(a, b) for a, b in zip(found, again, strict=True))
    means = [np.abs(np.diff(one.astype(float), axis=0)).mean() for one in found]
    assert max(means) > 10 * sorted(means)[1] > 0


def test_others_are_generated_from_another_first_one():
    one, other = (pictures.generated(2, size=(32, 40), first=n) for n in (0, 1))
    assert np.array_equal(one[1], other[0])
    assert not np.array_equal(one[0], other[0])
    assert {picture.shape for picture in one} == {(32, 40, 3)}


def test_flat_picture_has_the_size_of_the_last_one():
    found = pictures.flat([picture(0), picture(1, 3, 5)])
    assert found.shape == (3, 5, 3)
    assert np.ptp(found) == 0


def test_pictures_of_a_folder(tmp_path):
    for seed in (2, 1):
        Image.fromarray(picture(seed)).save(tmp_path / f"{seed}.png")
    found = pictures.of_folder(tmp_path)
    assert [np.array_equal(p, picture(s)) for p, s in zip(found, (1, 2), strict=True)]
    assert len(pictures.of_folder(tmp_path, most=1)) == 1


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(ValueError, match=str(tmp_path)):
        pictures.of_folder(tmp_path)


def test_fitted_pictures_are_their_middle_or_repeated():
    whole = picture(0, 8, 6)
    assert np.array_equal(pictures.fitted(whole, (4, 6)), whole[2:6])
    wide = pictures.fitted(whole, (8, 9))
    assert np.array_equal(wide, np.concatenate([whole, whole[:, :3]], axis=1))


def test_what_does_not_decode_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match=r"notes\.txt: ."):
        pictures.of_folder(tmp_path)


def test_few_pictures_are_filled_with_others_and_a_flat_one():
    given = [picture(0, 8, 8)]
    found = pictures.filled(given, min_side=20)
    assert len(found) == pictures.COUNT + 1
    assert found[0] is given[0]
    assert np.ptp(found[-1]) == 0
    assert len(pictures.filled(given * 70)) == 71
