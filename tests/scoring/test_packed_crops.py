"""Crops of many images in one window give the scores of one image after another."""

import functools
import io

import keras
import numpy as np
import pytest
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tfiqa.scoring import packed_crops
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.packed_crops import CropNetwork
from tfiqa.scoring.packed_crops import assess_packed
from tfiqa.scoring.packed_crops import packable
from tfiqa.scoring.scorer import predictor

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="packing is for TensorFlow"
)


def png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def readers():
    """Images of many sizes; one is flat, one too small, one broken, one missing."""
    random = np.random.default_rng(0)
    sizes = random.integers(16, 90, (24, 2))
    images = [png(toy_image(n, *map(int, size))) for n, size in enumerate(sizes)]
    images[3], images[5] = png(np.full((40, 40, 3), 7, np.uint8)), b"broken"
    images[7] = png(toy_image(1, 3, 30))

    def missing():
        raise FileNotFoundError(2, "no such file")

    found = [functools.partial(bytes, image) for image in images]
    return [*found[:11], missing, *found[11:]]


@pytest.fixture(scope="module")
def scorer():
    """A scorer whose images leave windows half empty."""
    return toy_scorer(coverage="full")


def plain(readers, scorer):
    return list(map(repr, assess(readers, predictor(scorer), min_side=4)))


def test_scores_are_the_same_bit_for_bit(readers, scorer):
    network = packable(scorer)
    assert network is not None
    packed = list(map(repr, assess_packed(readers, network, min_side=4)))
    assert packed == plain(readers, scorer)


def test_windows_are_shared(readers, scorer, monkeypatch):
    network, windows = CropNetwork(scorer), []
    monkeypatch.setattr(
        network, "outputs", lambda window: windows.append(1) or np.zeros((25, 4))
    )
    alone = [list(assess_packed([one], network, min_side=4)) for one in readers]
    separate = len(windows)
    windows.clear()
    together = list(assess_packed(readers, network, min_side=4))
    assert len(windows) < separate
    assert len(together) == len(alone)


def test_memory_is_bounded(readers, scorer, monkeypatch):
    monkeypatch.setattr(packed_crops, "MAX_PIXELS", 100)
    packed = list(map(repr, assess_packed(readers, CropNetwork(scorer), min_side=4)))
    assert packed == plain(readers, scorer)


def test_a_window_that_fails_is_scored_image_by_image(readers, scorer, monkeypatch):
    network = CropNetwork(scorer)

    def fail(window):
        raise MemoryError("no memory for so many")

    monkeypatch.setattr(network, "outputs", fail)
    packed = list(map(repr, assess_packed(readers, network, min_side=4)))
    assert packed == plain(readers, scorer)


def test_only_what_gains_and_stays_the_same_is_packed(scorer, monkeypatch):
    assert packable(toy_scorer(coverage="grid")) is None  # 25 crops fill a window.
    monkeypatch.setattr(CropNetwork, "ignores_positions", lambda self: False)
    assert packable(scorer) is None


def test_a_network_that_depends_on_positions_is_found(scorer, monkeypatch):
    network = CropNetwork(scorer)
    assert network.ignores_positions()
    outputs = network.outputs

    def shifted(window):
        result = np.array(outputs(window))
        result[-1] += 1e-6
        return result

    monkeypatch.setattr(network, "outputs", shifted)
    assert not network.ignores_positions()
