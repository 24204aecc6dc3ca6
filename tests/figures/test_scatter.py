"""Tests of the drawing of predictions against MOS."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from tfiqa.figures.scatter import scatter


def drawn(predictions, mos, title="a title"):
    encoded = scatter(np.array(predictions), np.array(mos), title=title)
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(int)


def dots(pixels):
    """Returns the rows and columns of the bluish pixels, which only dots have."""
    return np.nonzero(pixels[..., 2] - pixels[..., 0] > 60)


def test_mos_runs_to_the_right_and_predictions_upwards():
    rows, columns = dots(drawn([0, 90], [0, 90]))
    assert np.corrcoef(rows, columns)[0, 1] < -0.95
    # Two dots of one MOS stand above one another.
    rows, columns = dots(drawn([10, 60, np.nan], [40, 40, 0]))
    assert np.ptp(rows) > 10 * np.ptp(columns)


def test_other_scales_have_an_axis_of_their_own():
    mos, predictions = np.linspace(1, 5, 9), np.linspace(0, 1000, 9)
    encoded = scatter(predictions, mos, title="", predicted_unit="something else")
    pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(int)
    rows, columns = dots(pixels)
    assert np.ptp(columns) > 0.8 * np.ptp(rows) > 300


def test_nan_is_not_drawn_and_does_not_matter():
    with_nan = drawn([1, 2, np.nan], [1, 3, 50])
    assert np.array_equal(with_nan, drawn([1, 2], [1, 3]))


@pytest.mark.parametrize("values", [[], [np.nan], [5.0], [3.0, 3.0]])
def test_few_or_equal_values_are_drawn_without_a_warning(values):
    assert drawn(values, values).shape[2] == 3


def test_leaves_no_global_figures():
    before = plt.get_fignums()
    drawn([1, 2], [1, 3])
    assert plt.get_fignums() == before
