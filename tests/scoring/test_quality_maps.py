"""Tests of maps of quality from scorers."""

import os

import numpy as np
import pytest
from PIL import Image

from tests.layers.test_niqe import textured
from tests.support.toy_scorer import toy_scorer
from tfiqa.figures import style
from tfiqa.models import NIQE
from tfiqa.scoring.quality_maps import map_drawer
from tfiqa.scoring.quality_maps import map_name


def test_draws_the_map_of_a_picture(tmp_path):
    scorer = NIQE(size=16).compared_with(np.zeros(36), np.eye(36), dataset="none")
    (tmp_path / "a").mkdir()
    for name in ("photo.png", "a/photo.png"):
        Image.fromarray(textured(0, 40, 50)).save(tmp_path / name)
    draw = map_drawer(scorer, tmp_path / "maps")
    drawn = {draw(str(tmp_path / name)) for name in ("photo.png", "a/photo.png")}
    assert drawn == set((tmp_path / "maps").iterdir())
    assert len(drawn) == 2
    for path in drawn:
        with Image.open(path) as drawing:
            assert drawing.size[0] > 1000


def test_names_tell_paths_apart():
    assert map_name("a/x.png") != map_name("b/x.png") != map_name("b/x.jpg")
    assert map_name("x.png").startswith("x-")


def test_maps_are_not_drawn_into_a_file(tmp_path):
    scorer = NIQE(size=16).compared_with(np.zeros(36), np.eye(36), dataset="none")
    (tmp_path / "maps").write_text("kept")
    with pytest.raises(ValueError, match=r"A folder for maps .*maps, a file"):
        map_drawer(scorer, tmp_path / "maps")
    assert (tmp_path / "maps").read_text() == "kept"


def test_other_scorers_have_no_map(tmp_path):
    with pytest.raises(ValueError, match="compares patches"):
        map_drawer(toy_scorer(), tmp_path / "maps")
    assert not (tmp_path / "maps").exists()


@pytest.mark.parametrize(
    "name",
    [
        r"cost_$5_to_$\frac.png",
        "n" * 250 + ".png",
        os.fsdecode(b"bad\xff.png"),
        "日本.png",
    ],
)
def test_maps_of_pictures_with_odd_names(tmp_path, name):
    scorer = NIQE(size=16).compared_with(np.zeros(36), np.eye(36), dataset="none")
    Image.fromarray(textured(0, 40, 50)).save(tmp_path / "plain.png")
    (tmp_path / "plain.png").rename(tmp_path / name)
    path = map_drawer(scorer, tmp_path / "maps")(str(tmp_path / name))
    with Image.open(path) as drawing:
        assert drawing.size[0] > 1000


def test_dollars_are_drawn_and_powers_stay_powers(tmp_path):
    figure = style.new_figure(2, 2)
    axes = figure.subplots()
    axes.set_yscale("log")
    style.set_title(axes, "a $5 b")
    encoded = style.png(figure)
    assert axes.get_title(loc="left") == r"a \$5 b"
    assert style.png(figure) == encoded  # Nothing is escaped twice.
