"""What every scorer promises: one picture, one score, or a status or a clear error."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from tests.support.compiled import graph_of
from tests.support.fresh import ROOT
from tests.support.tiny_scorers import shared_scorer
from tests.support.toy_scorer import toy_image
from tfiqa.methods import METHODS
from tfiqa.scoring.assessment import STATUSES
from tfiqa.scoring.assessment import assess
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.scorer import predictor
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.serialization import save_model

GOLDEN = ROOT / "tests" / "golden"
FROZEN = (
    *("niqe_tiny", "ilniqe_tiny", "contentsep", "contrique", "hyperiqa"),
    *("linear_probe", "pristine_distance", "reiqa"),
)
SHIPPED = ("brisque", "piqe")
# Trained here, since there is no small file of them.
TRAINED = (
    *("cornia", "db_cnn", "dipiq", "frozen_trunk", "gm_log", "hosa", "musiq", "pqr"),
    *("sfa", "wadiqam"),
)
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module", params=(*FROZEN, *SHIPPED, *TRAINED))
def scorer(request, tmp_path_factory):
    if request.param in FROZEN:
        return load_scorer(GOLDEN / f"{request.param}.keras")
    if request.param in SHIPPED:
        return load_scorer(request.param)
    return shared_scorer(request.param, tmp_path_factory)


@pytest.fixture(scope="module")
def in_graph(scorer):
    """The scorer on floats, compiled: what it does where it cannot look at values."""
    return graph_of(scorer)


@pytest.fixture(scope="module")
def predict(scorer):
    return predictor(scorer)


@pytest.fixture(scope="module")
def pictures():
    """Four pictures of one size, with structure of several kinds."""
    return [toy_image(seed, 200, 208) for seed in (1, 4, 7, 9)]


@pytest.fixture(scope="module")
def alone(predict, pictures):
    return [predict(one) for one in pictures]


def encoded(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def assessed(scorer, predict, pixels):
    content = encoded(pixels)
    least = metadata(scorer).get("min_side", 1)
    (outcome,) = assess([lambda: content], predict, min_side=least)
    return outcome


def test_company_and_order_do_not_count(scorer, in_graph, pictures, alone):
    """Files, direct calls and graphs give the same score in any batch, to the bit."""
    batch = np.stack(pictures).astype("float32")
    expected = np.float32(alone)
    for order in ([2], [1, 0], [3, 0, 2], [2, 0, 3, 1]):
        for run in (scorer, in_graph):
            np.testing.assert_array_equal(np.ravel(run(batch[order])), expected[order])


def test_threads_do_not_count(predict, pictures, alone):
    with ThreadPoolExecutor(2) as threads:
        result = list(threads.map(predict, pictures * 2))
    np.testing.assert_allclose(result, alone * 2, rtol=1e-5)


def test_saving_and_loading_does_not_count(scorer, pictures, alone, tmp_path):
    again = load_scorer(save_model(scorer, tmp_path / "s.keras"))
    result = [predictor(again)(one) for one in pictures[:2]]
    np.testing.assert_allclose(result, alone[:2], rtol=1e-5)


def test_bytes_and_floats_of_the_same_levels_are_the_same_picture(
    scorer, pictures, alone
):
    one = pictures[1][None]
    result = [
        float(np.asarray(scorer(one.astype(dtype), training=False))[0, 0])
        for dtype in ("uint8", "float32", "float64")
    ]
    np.testing.assert_allclose(result, result[1], rtol=1e-3)
    # Step by step as in a graph.
    assert result[1] == pytest.approx(alone[1], rel=2e-3)


ODD = {
    "black": np.zeros((200, 208, 3), "uint8"),
    "white": np.full((200, 208, 3), 255, "uint8"),
    "flat but for one level": RNG.integers(99, 101, (200, 208, 3), dtype="uint8"),
    "1 x 1": RNG.integers(0, 256, (1, 1, 3), dtype="uint8"),
    "2 x 2": RNG.integers(0, 256, (2, 2, 3), dtype="uint8"),
    "1 x 5000": RNG.integers(0, 256, (1, 5000, 3), dtype="uint8"),
    "8000 x 30": RNG.integers(0, 256, (8000, 30, 3), dtype="uint8"),
    "checkerboard": np.indices((200, 208, 3))[:2].sum(0).astype("uint8") % 2 * 255,
}


@pytest.mark.parametrize("name", ODD)
def test_odd_pictures_have_a_score_or_a_status(scorer, predict, name):
    outcome = assessed(scorer, predict, ODD[name])
    assert outcome.status in STATUSES
    assert np.isfinite(outcome.score) == (outcome.status == "ok")
    assert bool(outcome.reason) == (outcome.status != "ok")
    if name in ("black", "white", "flat but for one level"):
        assert outcome.status == "flat"


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((40, 40), "uint8"),
        np.zeros((40, 40, 1), "uint8"),
        np.zeros((40, 40, 4), "uint8"),
        np.zeros((40, 40, 3), "float64"),
        np.zeros((1, 40, 40, 3), "uint8"),
    ],
    ids=lambda wrong: f"{wrong.dtype} {wrong.shape}",
)
def test_arrays_that_are_no_picture_are_told(predict, wrong):
    with pytest.raises(ValueError, match=r"uint8 and shape .*Received: image of"):
        predict(wrong)


@pytest.mark.parametrize(
    "shape", [(40, 40, 3), (40, 40), (1, 40, 40, 1), (1, 40, 40, 4), (1, 3, 40, 40)]
)
def test_batches_of_another_shape_are_errors(scorer, shape):
    with pytest.raises((ValueError, TypeError)) as caught:
        scorer(np.zeros(shape, "float32"), training=False)
    assert "shape" in str(caught.value)


def test_an_empty_batch_is_an_error(scorer):
    for dtype in ("float32", "uint8"):
        empty = np.zeros((0, 200, 208, 3), dtype)
        with pytest.raises(ValueError, match="an empty batch of the shape"):
            scorer(empty, training=False)


def test_a_pixel_that_is_no_number_gives_none(scorer, in_graph):
    batch = np.stack([toy_image(4, 200, 208)] * 4).astype("float32")
    # In the middle, and in corners, which not every scorer looks at.
    batch[0, 100, 100, 1] = np.nan
    batch[1, 199, 207, 0] = np.nan
    batch[2, 0, 207, 2] = -np.inf
    with pytest.raises(ValueError, match="NaN or infinite"):
        scorer(batch[1:2], training=False)
    # In a graph values are not known, and the others of a batch have their scores.
    result = in_graph(batch).ravel()
    assert np.isfinite(result).tolist() == [False, False, False, True]


@pytest.mark.filterwarnings("error")
def test_pictures_in_the_range_of_exports_are_told(scorer):
    one = toy_image(4, 200, 208)[None].astype("float32") / 255
    with pytest.warns(UserWarning, match=r"as of images in \[0, 1\]"):
        result = np.asarray(scorer(one, training=False))
    assert np.isnan(result).all()


def test_every_method_is_here():
    names = {name.removesuffix("_tiny") for name in FROZEN}
    assert names | {*SHIPPED, *TRAINED} == set(METHODS)
