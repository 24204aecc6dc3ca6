"""Tests of the drawing of images in rows and columns."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa.figures.contact_sheet import contact_sheet

COLORS = [[(255, 0, 0), (0, 255, 0), (0, 0, 255)], [(255, 255, 0), (0, 255, 255)]]


def plain(color):
    return np.full((30, 40, 3), color, "uint8")


def test_every_image_is_drawn_in_its_place():
    encoded = contact_sheet(
        [[plain(color) for color in row] for row in COLORS],
        row_names=["above", "below"],
        column_names=["1", "2", "3"],
        title="a title",
    )
    pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB"))
    centers = {}
    for row, colors in enumerate(COLORS):
        for column, color in enumerate(colors):
            positions = np.argwhere((pixels == color).all(axis=-1))
            assert len(positions) > 2000
            centers[row, column] = positions.mean(axis=0)
    assert centers[0, 0][1] < centers[0, 1][1] < centers[0, 2][1]
    np.testing.assert_allclose(centers[0, 0][0], centers[0, 2][0], atol=1)
    assert centers[0, 0][0] < centers[1, 0][0]
    np.testing.assert_allclose(centers[0, 1][1], centers[1, 1][1], atol=1)


@pytest.mark.parametrize(
    ("images", "row_names", "column_names"),
    [([], [], []), ([[]], ["a"], []), ([[plain(9)]], ["a", "b"], ["1"])],
)
def test_names_that_do_not_fit_are_refused(images, row_names, column_names):
    with pytest.raises(ValueError, match=f"row_names={len(row_names)}"):
        contact_sheet(images, row_names=row_names, column_names=column_names)
