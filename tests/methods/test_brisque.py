"""Tests of BRISQUE as a method: published models, conversion, refits."""

import numpy as np
import pytest

from tests.layers.test_aggd import require_double
from tests.regression.test_support_vectors import MATRIX
from tests.regression.test_support_vectors import RANGES
from tests.support.compiled import graph_of
from tests.support.toy_scorer import toy_image
from tests.support.toy_source import png
from tests.support.toy_source import toy_source
from tfiqa import metrics
from tfiqa import trainers
from tfiqa.data.decode import decode
from tfiqa.data.sources import Sources
from tfiqa.methods import METHODS
from tfiqa.methods import ConversionRequest
from tfiqa.methods import convert_checkpoint
from tfiqa.methods.brisque import published
from tfiqa.methods.brisque import training
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.serialization import load_scorer
from tfiqa.scoring.serialization import save_model


@pytest.fixture(autouse=True)
def double():
    require_double()


@pytest.fixture(scope="module")
def released(shared):
    require_double()
    path = shared / "goldens/official/allmodel"
    return convert_checkpoint(ConversionRequest("brisque", path))


@pytest.fixture(scope="module")
def predict(released):
    return scorers.predictor(released)


@pytest.fixture(scope="module")
def opencv(shared):
    require_double()
    path = shared / "goldens/official/brisque_model_live.yml"
    if not path.is_file():
        pytest.skip("no reference data: OpenCV's brisque_model_live.yml")
    return scorers.predictor(convert_checkpoint(ConversionRequest("brisque", path)))


# The authors' scores. Flat areas make the last three depend on the order of additions.
@pytest.mark.parametrize(
    ("name", "score", "bound"),
    [
        ("official/I01.BMP", 10.259409019, 1e-3),
        ("official/goldhill.gif", 8.425548119, 8e-4),
        ("calibration/I04.bmp", -0.107618, 1e-3),
        ("calibration/I03.bmp", 94.6421, 0.01),
        ("calibration/I06.bmp", 0.992889, 0.15),
        ("calibration/I08.bmp", 5.35827, 0.8),
        ("calibration/I19.bmp", 72.2617, 11.0),
    ],
)
def test_published_scores(shared, predict, name, score, bound):
    pixels = decode((shared / "goldens" / name).read_bytes())
    assert predict(pixels) == pytest.approx(-score, abs=bound)


# OpenCV 5.0.0's scores, clipped to 0..100. Flat areas make I06 and I19 differ.
@pytest.mark.parametrize(
    ("name", "score", "bound"),
    [
        ("official/I01.BMP", 17.67481, 2e-3),
        ("official/goldhill.gif", 9.44655, 2e-3),
        ("official/pepper_0.png", 18.54644, 2e-3),
        ("official/pepper_1.png", 0.0, 2e-3),
        ("official/pepper_2.png", 27.81748, 2e-3),
        ("calibration/I03.bmp", 84.46267, 2e-3),
        ("calibration/I04.bmp", 0.0, 2e-3),
        ("calibration/I06.bmp", 1.29513, 0.01),
        ("calibration/I08.bmp", 7.91217, 2.5e-3),
        ("calibration/I19.bmp", 83.81441, 0.05),
    ],
)
def test_scores_of_opencv(shared, opencv, name, score, bound):
    pixels = decode((shared / "goldens" / name).read_bytes())
    result = np.clip(-opencv(pixels), 0, 100)
    assert result == pytest.approx(score, abs=bound)


def test_a_converted_scorer_survives_saving(released, tmp_path):
    path = save_model(released, tmp_path / "brisque.keras")
    restored = load_scorer(path)
    toy_image = np.random.default_rng(0).integers(0, 256, (64, 48, 3), np.uint8)
    expected = scorers.predictor(released)(toy_image)
    assert scorers.predictor(restored)(toy_image) == expected
    assert scorers.metadata(restored)["unit"] == "negative DMOS of LIVE"


def test_files_are_told_apart_and_ranges_found(tmp_path):
    vectors = (
        "svm_type nu_svr\nkernel_type rbf\ngamma 1\ntotal_sv 1\nrho 0\nSV\n1 1:0.5\n"
    )
    (tmp_path / "my.model").write_text(vectors)
    with pytest.raises(ValueError, match=r"ranges.*my\.range or .*my\.model\.range"):
        published.read(tmp_path / "my.model")
    (tmp_path / "my.range").write_text(RANGES)
    read = published.read(tmp_path / "my.model")
    assert read.variant == "ut"
    assert read.machine.vectors.shape == (1, 36)
    (tmp_path / "my.model").write_text("%YAML:1.0\n")
    (tmp_path / "my.range").write_text(MATRIX)
    with pytest.raises(ValueError, match="svmType"):
        published.read(tmp_path / "my.model")
    with pytest.raises(ValueError, match=r"nothing\.model"):
        published.read(tmp_path / "nothing.model")


def test_recipes_of_the_toolbox_fit(tmp_path):
    sources = Sources(toy_source(30), toy_source(10))
    for recipe in ("paper", "pqr_csiq", "search"):
        fields = {} if recipe != "search" else {"costs": (1.0, 10.0), "gammas": (0.1,)}
        config = METHODS["brisque"].configured(recipe, fields)
        run = trainers.Run(tmp_path / recipe, verbose=0)
        run.folder.mkdir()
        scorer = training.train(config, sources, run)
        assert scorers.metadata(scorer)["mos_range"] == [0.0, 27.0]
        assert run.report["regression"]["cost"] in config.costs
        known = np.stack([toy_image(index) for index in range(10)]).astype("float32")
        result = graph_of(scorer)(known)[:, 0]
        assert metrics.srocc(result, 3.0 * np.arange(10)) > 0.8


def test_flat_training_pictures_are_left_out_or_named(tmp_path):
    flat = np.full((40, 40, 3), 90, np.uint8)
    mixed = toy_source(20, broken={3: png(flat)})
    run = trainers.Run(tmp_path, verbose=0)
    scorer = training.train(training.Config(), Sources(mixed, toy_source(5)), run)
    assert np.isfinite(scorer.get_layer("support_vectors").get_weights()[0]).all()
    assert np.isnan(scorers.predictor(scorer)(flat))


@pytest.mark.parametrize(
    "wrong", [{"variant": "matlab"}, {"kind": "c"}, {"costs": ()}, {"gammas": (0.0,)}]
)
def test_wrong_settings_are_named(wrong):
    ((name, _),) = wrong.items()
    with pytest.raises(ValueError, match=f"`{name}`"):
        training.Config(**wrong)
