"""Plots of the published attributes of images."""

import io

import numpy as np
import pytest
from PIL import Image

from tfiqa import metrics
from tfiqa.figures import attributes as module
from tfiqa.figures.attributes import attributes


def size(encoded):
    return Image.open(io.BytesIO(encoded)).size


def test_a_panel_for_each_attribute_says_how_it_goes_with_the_mos(monkeypatch):
    mos = np.linspace(1, 5, 60)
    values = {"sharpness": mos**3, "quality_factor": -mos, "brightness": 0 * mos}
    values["sharpness"] = np.where(np.arange(60) % 3 == 0, np.nan, values["sharpness"])
    titles, write = [], module.style.set_title

    def kept(axes, title, **options):
        titles.append(title)
        write(axes, title, **options)

    monkeypatch.setattr(module.style, "set_title", kept)
    drawn = attributes(values, mos, srocc=metrics.srocc, title="generated")
    assert titles == [
        "sharpness\n40 images, SROCC with MOS 1.00",
        "quality_factor\n60 images, SROCC with MOS -1.00",
        "brightness\n60 images",
    ]
    one = attributes({"contrast": mos}, mos, srocc=metrics.srocc, title="generated")
    assert size(drawn)[0] > 2 * size(one)[0]


def test_values_without_their_mos_are_refused():
    with pytest.raises(ValueError, match=r"'contrast': \(3,\)}, MOS of shape \(4,\)"):
        attributes(
            {"contrast": np.zeros(3)}, np.zeros(4), srocc=metrics.srocc, title=""
        )
    with pytest.raises(ValueError, match="At least one attribute"):
        attributes({}, np.zeros(4), srocc=metrics.srocc, title="")
