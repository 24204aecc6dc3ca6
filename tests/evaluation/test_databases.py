"""Tests of databases that are opened whole."""

import numpy as np

from tests.evaluation.conftest import contrasted
from tfiqa.data.decode import decode


def test_parts_are_one_after_the_other_and_keep_their_order(database):
    assert [len(database.parts[p]) for p in ("train", "validation", "test")] == [
        28,
        8,
        12,
    ]
    assert database.parts["all"].tolist() == list(range(48))
    assert database.image_ids[database.parts["test"]][0] == "09-0.png"
    assert database.references[[0, 3, 4]].tolist() == ["00", "00", "01"]
    assert database.distortions[:3].tolist() == ["blur", "noise", "blur"]
    assert database.mos[5] == np.float32(1.05)


def test_images_are_those_of_the_rows(database):
    rows = np.array([1, 6, 47])
    result = [decode(encoded) for encoded in database.encoded(rows)]
    for pixels, (content, level) in zip(result, [(0, 1), (1, 2), (11, 3)], strict=True):
        np.testing.assert_array_equal(pixels, contrasted(content, level))
