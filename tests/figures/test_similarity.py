"""The matrix of similarities as an image."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa.figures.similarity import similarity


def drawn(matrix):
    encoded = similarity(matrix, names=["a", "b"], sizes=[3, 1], title="t")
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(int)


def test_likeness_is_red_and_its_opposite_blue():
    matrix = np.full((4, 4), -1.0)
    matrix[:3, :3] = 1.0
    pixels = drawn(matrix)
    red = pixels[..., 0] - pixels[..., 2]
    # Nine of sixteen cells.
    share = (red > 50).sum() / (np.abs(red) > 50).sum()
    assert share == pytest.approx(9 / 16, abs=0.06)
    turned = drawn(-matrix)
    share = (turned[..., 2] - turned[..., 0] > 50).sum() / (np.abs(red) > 50).sum()
    assert share == pytest.approx(9 / 16, abs=0.06)


def test_a_matrix_of_zeros_is_drawn():
    assert drawn(np.zeros((4, 4))).min() < 255


def test_groups_make_up_the_classes():
    with pytest.raises(ValueError, match=r"matrix=\(5, 5\), names=2, sizes=4"):
        similarity(np.eye(5), names=["a", "b"], sizes=[3, 1], title="")
