"""Tests of the drawing of statistics beside those of photographs."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from benchmarks.statistics_figure import statistics


def drawn(distances=(1.0, 4.0), shift=0.0):
    slopes = {"photographs": np.arange(20.0), "ours": np.arange(20.0) + shift}
    kurtoses = {name: values + 1 for name, values in slopes.items()}
    encoded = statistics(
        {"slope": slopes, "kurtosis": kurtoses},
        dict(zip(("near", "far"), distances, strict=True)),
        natural="photographs",
        logarithmic=["kurtosis"],
        title="a title",
    )
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(int)


def bar_pixels(pixels):
    """Returns how many pixels of each column of the last third are a bar's."""
    bar = np.abs(pixels - [0x2A, 0x6F, 0x97]).sum(axis=-1) < 12
    return bar[:, 2 * pixels.shape[1] // 3 :].sum(axis=0)


def test_bars_are_as_high_as_their_distances():
    heights = np.unique(bar_pixels(drawn()))
    tall, short = heights.max(), heights[heights > 20].min()
    assert tall / short == pytest.approx(4, rel=0.05)


def test_values_move_their_box():
    assert (drawn(shift=5.0) != drawn()).any()


def test_measures_without_photographs_are_named():
    with pytest.raises(ValueError, match="'slope' of 'ours'"):
        statistics({"slope": {"ours": np.ones(3)}}, {}, natural="photographs")


def test_leaves_no_global_figures():
    before = plt.get_fignums()
    drawn()
    assert plt.get_fignums() == before
