"""Tests of maps of quality from scorers."""

import numpy as np
import pytest
from PIL import Image

from tests.layers.test_niqe import textured
from tests.support.toy_scorer import toy_scorer
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
