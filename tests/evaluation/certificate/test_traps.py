"""Tests of the images that mislead measures of quality."""

import numpy as np
import pytest
from scipy import ndimage

from tfiqa.evaluation.certificate import traps

SIZE = (96, 128)
ALL = {**traps.UNIFORM, **traps.WORSE, **traps.BETTER}


def detail(image):
    """Returns the mean absolute difference of neighbors in a row."""
    return np.abs(np.diff(image.astype(float), axis=1)).mean()


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_is_an_image_and_the_same_again(name):
    image = ALL[name](SIZE, 3)
    assert (image.shape, image.dtype) == ((*SIZE, 3), np.uint8)
    np.testing.assert_array_equal(image, ALL[name](SIZE, 3))
    assert (np.ptp(image) == 0) == (name in traps.UNIFORM)


def test_bokeh_is_sharp_in_its_middle_alone():
    image = traps.bokeh(SIZE, 0)
    middle, edge = image[30:66, 45:83], image[:, :20]
    assert detail(middle) > 5 * detail(edge)
    softer = ndimage.gaussian_filter(image[:, :20], (1, 1, 0))
    assert np.abs(softer.astype(float) - image[:, :20]).mean() < 2


def test_text_has_two_tones_and_night_is_dark():
    text, night = traps.text(SIZE, 0), traps.night(SIZE, 0)
    assert 0.01 < np.mean(text < 128) < 0.3
    assert np.mean(text > 240) > 0.6
    assert np.median(night) < 40
    assert night.max() > 200
