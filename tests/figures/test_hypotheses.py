"""The drawing of similarities, by its pixels."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa.figures.hypotheses import hypotheses

BLUE = (0x2A, 0x6F, 0x97)


def dots(overlap, content, distortion):
    encoded = hypotheses([0.0, 0.5], overlap, content, distortion, title="t")
    pixels = np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")).astype(int)
    return np.nonzero(np.abs(pixels - BLUE).sum(axis=-1) < 12)


def test_what_is_more_alike_lies_higher():
    overlap = np.tile([0.1, 0.8], (5, 1))
    rows, columns = dots(overlap, {"a": np.full(4, 0.9)}, {"b": np.full(4, -0.5)})
    breaks = np.flatnonzero(np.diff(np.unique(columns)) > 20) + 1
    line, first, second = (
        (columns >= part[0]) & (columns <= part[-1])
        for part in np.split(np.unique(columns), breaks)
    )
    assert np.corrcoef(rows[line], columns[line])[0, 1] < -0.9
    # From the top: 0.9, then the line, then what is below zero.
    assert rows[first].mean() < rows[line].min() < rows[line].max() < rows[second].min()


def test_similarities_are_those_of_the_overlaps():
    with pytest.raises(ValueError, match=r"overlaps=2, overlap=\(5, 3\)"):
        hypotheses([0.0, 0.5], np.zeros((5, 3)), {}, {}, title="t")
