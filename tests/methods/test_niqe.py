"""Tests of NIQE and IL-NIQE as methods: published models, fits, what ships."""

import keras
import numpy as np
import pytest

from tests.layers.test_aggd import require_double
from tests.layers.test_niqe import textured
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.backbones import checkpoints
from tfiqa.data.decode import decode
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.layers import NIQEFeatures
from tfiqa.methods import ilniqe
from tfiqa.methods import niqe
from tfiqa.pristine import blocks
from tfiqa.scoring import scorer as scorers
from tfiqa.scoring.serialization import load_scorer


@pytest.fixture(scope="module")
def published(shared):
    require_double()
    folder = shared / "goldens/official"
    return {
        "niqe": scorers.predictor(
            niqe.convert(
                checkpoints.read_arrays(folder / "niqe_modelparameters.mat"),
                niqe.Config(),
            )
        ),
        "ilniqe": scorers.predictor(
            ilniqe.convert(
                checkpoints.read_arrays(folder / "templateModel.mat"), ilniqe.Config()
            )
        ),
    }


# The authors' numbers; pictures with flat areas depend on the order of additions.
@pytest.mark.parametrize(
    ("method", "picture", "distance", "bound"),
    [
        ("niqe", "calibration/I04.bmp", 3.6549215, 1e-6),
        ("niqe", "calibration/I06.bmp", 3.235477, 2e-3),
        ("niqe", "calibration/I08.bmp", 3.1840, 0.03),
        ("niqe", "calibration/I19.bmp", 8.6352, 0.5),
        ("ilniqe", "calibration/I04.bmp", 23.9968, 1e-3),
        ("ilniqe", "calibration/I06.bmp", 19.9750, 1e-3),
        ("ilniqe", "official/pepper_0.png", 29.1422, 1e-3),
        ("ilniqe", "official/pepper_1.png", 36.9637, 5e-3),
        ("ilniqe", "official/pepper_2.png", 29.5075, 1e-3),
    ],
)
def test_published_distances(shared, published, method, picture, distance, bound):
    pixels = decode((shared / "goldens" / picture).read_bytes())
    assert published[method](pixels) == pytest.approx(-distance, abs=bound)


def test_model_of_another_method_is_told(shared):
    folder = shared / "goldens/official"
    first = checkpoints.read_arrays(folder / "niqe_modelparameters.mat")
    second = checkpoints.read_arrays(folder / "templateModel.mat")
    third = checkpoints.read_arrays(folder / "CSIQ_whitening_param.mat")
    with pytest.raises(ValueError, match=r"of NIQE .*mu_prisparam.*templateModel\{0\}"):
        niqe.convert(second, niqe.Config())
    for other in (first, third, {}):
        with pytest.raises(ValueError, match="of IL-NIQE are expected"):
            ilniqe.convert(other, ilniqe.Config())


def test_shapes_of_published_statistics_are_told():
    arrays = {
        "templateModel{0}": np.zeros((1, 5)),
        "templateModel{1}": np.zeros((5, 5)),
        "templateModel{2}": np.zeros((468, 1)),
        "templateModel{3}": np.zeros((468, 4)),
    }
    for wrong in ({}, {"mu_prisparam": np.zeros((1, 36))}, arrays):
        message = r"\{0\} \(1, d\), .*\{1\} \(d, d\), .*\{3\} \(468, d\)\. Received"
        with pytest.raises(ValueError, match=message):
            ilniqe.convert(wrong, ilniqe.Config())


@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        (niqe, {"sharpest": 1.5}),
        (niqe, {"sharpest": float("nan")}),
        (niqe, {"size": 17}),
        (ilniqe, {"sharpest": -0.1}),
        (ilniqe, {"size": 18}),
        (ilniqe, {"side": 50}),
        (ilniqe, {"kept": 1.5}),
        (ilniqe, {"kept": 0.0}),
        (ilniqe, {"kept": 0.002}),
    ],
)
def test_wrong_settings_are_told(method, wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"{name}={value}"):
        method.Config(**wrong)


@pytest.mark.parametrize("method", [niqe, ilniqe])
def test_pictures_are_checked_for(method, tmp_path):
    with pytest.raises(ValueError, match="without scores"):
        method.check(method.Config(), Sources(), trainers.Run(tmp_path))


def test_blocks_with_infinities_are_not_learned_from():
    def features(images):
        # Of each picture two blocks, one of them without end.
        mean = keras.ops.mean(images, axis=(1, 2, 3), keepdims=True)
        endless = keras.ops.full_like(mean, float("inf"))
        rows = [keras.ops.concatenate([first, mean], -1) for first in (mean, endless)]
        return keras.ops.concatenate(rows, axis=1)

    images = of_source(toy_source(4)).first_epoch(seed=0)
    result = blocks.sharp_patches(features, images, dataset="toy", sharpest=0.5)
    assert result.shape == (4, 1)
    assert np.isfinite(result).all()


def test_fit_is_mean_and_covariance_of_sharp_blocks(tmp_path):
    require_double()
    source = of_source(toy_source(8))
    run = trainers.Run(tmp_path, verbose=0)
    config = niqe.Config(size=16, sharpest=0.5)
    scorer = niqe.train(config, Sources(images=source), run)
    layer = scorer.get_layer("distance")
    center, whitening = (np.asarray(w, float) for w in layer.get_weights())
    sharp = blocks.sharp_patches(
        NIQEFeatures(16, exact_zeros=True, with_sharpness=True),
        source.first_epoch(run.seed),
        dataset="toy",
        sharpest=0.5,
    )
    np.testing.assert_allclose(center, sharp.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(
        whitening.T @ np.cov(sharp.T) @ whitening, np.eye(36), atol=1e-6
    )


def test_too_few_patches_are_told(tmp_path):
    require_double()
    run = trainers.Run(tmp_path, verbose=0)
    few = Sources(images=of_source(toy_source(2)))
    with pytest.raises(ValueError, match=r"the 36 features.*Received: \d+ patches"):
        niqe.train(niqe.Config(size=16), few, run)
    with pytest.raises(ValueError, match="sides of at least 96 pixels"):
        niqe.train(niqe.Config(), few, run)


def test_covariance_of_lower_rank_is_told():
    with pytest.raises(ValueError, match="of rank 1 with 2 features"):
        blocks.whitening(np.ones((2, 2)))


@pytest.mark.parametrize("name", ["niqe", "ilniqe"])
def test_what_ships_prefers_pictures_without_noise(name):
    require_double()
    predict = scorers.predictor(load_scorer(name))
    smooth = np.cumsum(np.cumsum(textured(0, 200, 200).astype(float) - 128, 0), 1)
    smooth = 255 * (smooth - smooth.min()) / np.ptp(smooth)
    noisy = smooth + np.random.default_rng(0).normal(0, 60, smooth.shape)
    clear, spoilt = (
        predict(np.clip(p, 0, 255).astype(np.uint8)) for p in (smooth, noisy)
    )
    assert np.isfinite([clear, spoilt]).all()
    assert clear < 0
    # No photographs; still, what is dark or flat may not look good.
    black = np.zeros((200, 200, 3), np.uint8)
    assert np.isnan(predict(black))
    black[100:] = 255
    assert not predict(black) > clear


@pytest.mark.parametrize(
    "name", ["niqe", pytest.param("ilniqe", marks=pytest.mark.slow)]
)
def test_what_ships_is_the_same_as_a_saved_model(name, tmp_path):
    require_double()
    tf = pytest.importorskip("tensorflow")
    scorer = load_scorer(name)
    spec = tf.TensorSpec((None, None, None, 3))
    call = tf.function(scorer, input_signature=[spec], autograph=False)
    tf.saved_model.save(scorer, tmp_path / "saved", signatures=call)
    restored = tf.saved_model.load(tmp_path / "saved")
    pair = np.stack([textured(seed, 110, 200) for seed in range(2)]).astype("float32")
    expected = [scorers.predictor(scorer)(p.astype(np.uint8)) for p in pair]
    result = restored.signatures["serving_default"](tf.constant(pair))
    assert np.ptp(expected) > 1e-3
    for scores in (result["output_0"], call(pair)):
        np.testing.assert_allclose(scores[:, 0], expected, rtol=1e-4)
