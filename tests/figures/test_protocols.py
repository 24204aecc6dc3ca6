"""Tests of the drawings of the protocols: what is in them, by their pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa.figures.gmad import DrawnPair
from tfiqa.figures.gmad import gmad
from tfiqa.figures.label_efficiency import label_efficiency
from tfiqa.figures.per_distortion import per_distortion
from tfiqa.figures.residuals import residuals
from tfiqa.figures.scatter import scatter

BLUE, ORANGE, INK = (0x2A, 0x6F, 0x97), (0xE0, 0x7A, 0x5F), (0x1B, 0x2A, 0x41)


def pixels(encoded):
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(int)


def positions(drawing, color, tolerance=12):
    """Returns rows and columns of the pixels of a color."""
    return np.nonzero(np.abs(drawing - color).sum(axis=-1) <= tolerance)


def plain(color, height=30, width=40):
    return np.broadcast_to(np.array(color, "uint8"), (height, width, 3))


def test_gmad_puts_best_left_worst_right_and_levels_from_above():
    red, green, blue, gold = (250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 200, 0)
    drawing = pixels(
        gmad(
            {
                "A defends": [
                    DrawnPair(plain(red), plain(green), "A 1, B 9", "A 1, B 2"),
                    DrawnPair(plain(green, 60), plain(red)),
                ],
                "B defends": [
                    DrawnPair(plain(blue), plain(gold)),
                    DrawnPair(plain(gold), plain(blue)),
                ],
            },
            row_names=["low", "high"],
            title="A and B",
        )
    )
    half = drawing.shape[1] // 2
    rows, columns = positions(drawing[:, :half], red)
    above = rows < np.median(rows)
    assert columns[above].max() < columns[~above].min()
    assert positions(drawing[:, :half], blue)[0].size == 0
    rows, columns = positions(drawing[:, half:], blue)
    assert columns[rows < rows.mean()].max() < columns[rows > rows.mean()].min()


def test_gmad_checks_counts():
    pair = DrawnPair(plain((1, 2, 3)), plain((3, 2, 1)))
    with pytest.raises(ValueError, match=r"rows=2, pairs=\{'A': 1\}"):
        gmad({"A": [pair]}, row_names=["low", "high"])
    with pytest.raises(ValueError, match="rows=0"):
        gmad({}, row_names=[])


def bars(methods):
    return pixels(per_distortion(methods, title="t"))


def test_bars_are_as_high_as_the_values():
    one = bars({"A": {"blur": (0.9, 0.9, 0.9), "jpeg": (0.3, 0.3, 0.3)}})
    columns = positions(one, BLUE)[1]
    middle = (columns.min() + columns.max()) / 2
    left = np.count_nonzero(columns < middle)
    assert left == pytest.approx(3 * np.count_nonzero(columns > middle), rel=0.05)


def test_methods_stand_side_by_side_and_nan_is_a_cross():
    values = {"blur": (0.8, 0.7, 0.9)}
    drawing = bars({"A": values, "B": {"blur": (np.nan, np.nan, np.nan)}})
    blue, orange = positions(drawing, BLUE)[0], positions(drawing, ORANGE, 30)[0]
    assert blue.size > 20 * orange.size > 0


def test_bars_check_methods():
    with pytest.raises(ValueError, match="'jpeg'"):
        bars({"A": {"blur": (0, 0, 0)}, "B": {"jpeg": (0, 0, 0)}})
    with pytest.raises(ValueError, match="same types"):
        bars({})
    with pytest.raises(ValueError, match="Received: 7"):
        bars({str(index): {"blur": (0.0, 0.0, 0.0)} for index in range(7)})


def test_residuals_above_and_below_the_line():
    fitted = np.linspace(0, 100, 60)
    tilted = pixels(residuals(fitted, fitted + np.linspace(-5, 5, 60), title="t"))
    rows, columns = np.nonzero(tilted[..., 2] - tilted[..., 0] > 60)
    left = columns < 0.6 * tilted.shape[1]  # The dots, without the histogram.
    assert np.corrcoef(rows[left], columns[left])[0, 1] < -0.9


def test_residuals_without_spread_and_with_nan():
    missing = np.array([np.nan, 2.0, 3.0])
    drawing = residuals(missing, np.array([1.0, 2.0, 3.0]), title="t")
    without = residuals(missing[1:], np.array([2.0, 3.0]), title="t")
    assert np.array_equal(pixels(drawing), pixels(without))


def test_label_efficiency_rises_to_the_right():
    counts, rising = np.array([10, 100, 1000]), np.array([[0.2], [0.5], [0.8]])
    drawing = pixels(
        label_efficiency({"A": (counts, np.tile(rising, (1, 3)))}, title="t")
    )
    rows, columns = positions(drawing, BLUE)
    assert np.corrcoef(rows, columns)[0, 1] < -0.9
    with pytest.raises(ValueError, match=r"\(3,\) and \(2, 1\) of 'A'"):
        label_efficiency({"A": (counts, rising[:2])}, title="t")
    with pytest.raises(ValueError, match="1 to 6 methods"):
        label_efficiency({}, title="t")


def test_scatter_draws_the_fit():
    mos = np.linspace(1, 5, 30)
    options = {"title": "t", "predicted_unit": "other"}
    plain_drawing = pixels(scatter(10 * mos, mos, **options))
    fitted = pixels(scatter(10 * mos, mos, **options, fit=lambda q: q / 10))
    changed = np.abs(plain_drawing - fitted).sum(axis=-1) > 60
    rows, columns = np.nonzero(changed)
    assert np.corrcoef(rows, columns)[0, 1] < -0.95
    assert np.ptp(columns) > 300
