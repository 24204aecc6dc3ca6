"""Tests of contentsep: networks, settings, checkpoints, stages."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support import tiny_scorers
from tests.support.compiled import jitted
from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa import backbones
from tfiqa import layers
from tfiqa import losses
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import contentsep
from tfiqa.methods.contentsep import training
from tfiqa.models import ContentSep
from tfiqa.models.contentsep_networks import build_estimator
from tfiqa.models.contentsep_networks import build_predictor

FAST = {**contentsep.QUICK, **tiny_scorers.FAST["contentsep"]}
QUICK = override(contentsep.Config(), FAST)
PICTURES = of_source(toy_source(8))


def build_encoder(config):
    return ContentSep(**config.network).encoder()


def features_of(encoder, image):
    return ops.convert_to_numpy(jitted(encoder)(image[None].astype("float32")))[0]


def test_the_encoder_sees_pictures_in_0_1_and_means_the_last_stage():
    keras.utils.set_random_seed(0)
    encoder = build_encoder(QUICK)
    keras.utils.set_random_seed(0)
    trunk = backbones.build_backbone("resnet10_slim", None).layers[-1]
    last = trunk(toy_image(1)[None].astype("float32") / 255)[-1]
    expected = ops.convert_to_numpy(last)[0].mean(axis=(0, 1))
    np.testing.assert_allclose(features_of(encoder, toy_image(1)), expected, atol=1e-5)


def test_five_levels_are_the_picture_its_bands_and_the_rest():
    keras.utils.set_random_seed(0)
    encoder = build_encoder(override(QUICK, {"levels": 5}))
    result = features_of(encoder, toy_image(1))
    assert result.shape == (5 * 256,)
    trunks = [layer for layer in encoder.layers if isinstance(layer, keras.Model)]
    image = toy_image(1)[None].astype("float32")
    bands = [image, *layers.LaplacianPyramid(3)(image)]
    for index, (trunk, band) in enumerate(zip(trunks, bands, strict=True)):
        expected = ops.convert_to_numpy(trunk(band / 255)[-1])[0].mean(axis=(0, 1))
        part = result[256 * index : 256 * (index + 1)]
        np.testing.assert_allclose(part, expected, atol=1e-4)


def test_the_estimator_is_two_affine_maps_of_what_is_not_negative():
    keras.utils.set_random_seed(0)
    estimator = build_estimator(6, 5)
    features = np.random.default_rng(0).uniform(0, 2, (4, 6)).astype("float32")
    weights = [w.astype("float64") for w in estimator.get_weights()]
    by_shape = {len(w) for w in weights}
    assert by_shape == {5, 6}
    mean, log_variance = map(ops.convert_to_numpy, estimator(features))
    half, _ = map(ops.convert_to_numpy, estimator(features / 2))
    zero, _ = map(ops.convert_to_numpy, estimator(0 * features))
    np.testing.assert_allclose(mean - half, half - zero, atol=1e-5)
    assert np.abs(log_variance).max() < 1
    bounds = {6: 6**-0.5, 5: 5**-0.5}
    for kernel in (w for w in weights if w.ndim == 2):
        assert 0.7 * bounds[len(kernel)] < np.abs(kernel).max() <= bounds[len(kernel)]


def test_the_means_of_an_estimator_may_be_shares():
    """No such estimate is far above that of an exact prediction."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    features = rng.uniform(0, 2, (8, 6)).astype("float32")
    content = np.eye(5, dtype="float32")[rng.integers(0, 5, 8)]
    linear, shares = (build_estimator(6, 5, mean=m) for m in ("linear", "softmax"))
    for network in (linear, shares):
        network.set_weights([100 * w for w in network.get_weights()])
    mean, _ = map(ops.convert_to_numpy, shares(features))
    np.testing.assert_allclose(mean.sum(axis=1), 1, rtol=1e-5)
    assert mean.min() >= 0
    limit = float(losses.club_limit(content))
    assert abs(float(losses.club(content, *shares(features)))) < 4 * limit
    assert abs(float(losses.club(content, *linear(features)))) > 100 * limit


def test_the_predictor_is_a_bottleneck():
    predictor = build_predictor(256, 64)
    shapes = [tuple(w.shape) for w in predictor.trainable_variables]
    assert (256, 64) in shapes
    assert (64, 256) in shapes


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"penalty": 1.0}, "trained weights.*content_weights=None, penalty=1.0"),
        ({"levels": 3}, "levels=3"),
        ({"versions": 7}, "between 2 and 6.*versions=7"),
        ({"scene_height": 47}, "scene_height=47"),
        ({"pairing": "any"}, "pairing='any'"),
        ({"crop_size": 0}, "crop_size=0"),
        ({"levels": 5, "normalization": "imagenet"}, "normalization='imagenet'"),
        ({"penalty": -1.0}, "penalty=-1.0"),
        ({"penalty": float("nan")}, "penalty=nan"),
        ({"epochs": -1}, "epochs=-1"),
        ({"penalty_from": -1}, "penalty_from=-1"),
        ({"temperature": 0.0}, "temperature=0.0"),
        ({"estimator_rate": -1e-3}, "estimator_rate=-0.001"),
        ({"learning_rate": float("inf")}, "learning_rate=inf"),
        ({"penalty_unit": "nats"}, "penalty_unit='nats'"),
        ({"estimator_mean": "relu"}, "estimator_mean='relu'"),
        ({"view_scale": "cut"}, "view_scale='cut'"),
        ({"patience": 1}, "`held_pairs` must be 1 or more.*patience=1, held_pairs=0"),
        (
            {"penalty": 1.0, "content_weights": "imagenet", "penalty_from": 1},
            "penalty_from=1, epochs=1, penalty=1.0",
        ),
    ],
)
def test_wrong_settings_are_told(wrong, message):
    with pytest.raises(ValueError, match=message):
        override(QUICK, wrong)


def test_photographs_are_needed_for_the_second_stage(tmp_path):
    with pytest.raises(ValueError, match="`authentic_images` are expected"):
        contentsep.check(QUICK, Sources(images=PICTURES), trainers.Run(tmp_path))


def test_a_given_encoder_skips_the_first_stage(tmp_path):
    encoder = build_encoder(QUICK)
    encoder.save(tmp_path / "given.keras")
    sources = Sources(images=PICTURES, encoder=tmp_path / "given.keras")
    config = override(QUICK, {"epochs": 0})
    contentsep.train(config, sources, trainers.Run(tmp_path, verbose=0))
    saved = keras.saving.load_model(tmp_path / "encoder.keras")
    for result, expected in zip(
        saved.get_weights(), encoder.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(result, expected)
    assert not (tmp_path / "synthetic").exists()


def test_a_given_encoder_stays_what_it_is_in_mixed_precision(tmp_path):
    keras.utils.set_random_seed(0)
    encoder = build_encoder(override(QUICK, {"normalization": "imagenet"}))
    encoder.save(tmp_path / "given.keras")
    sources = Sources(images=PICTURES, encoder=tmp_path / "given.keras")
    run = trainers.Run(tmp_path, mixed_precision=True, verbose=0)
    result = training.trained_encoder(override(QUICK, {"epochs": 0}), sources, run)
    np.testing.assert_array_equal(
        features_of(result, toy_image(1)), features_of(encoder, toy_image(1))
    )


def test_a_resumed_run_does_not_repeat_the_first_stage(tmp_path):
    folder = tmp_path / "synthetic"
    folder.mkdir()
    encoder = build_encoder(QUICK)
    encoder.save(folder / "encoder.keras")
    other = build_encoder(QUICK)
    run = trainers.Run(tmp_path, resume=True, verbose=0)
    training.learn_scenes(other, QUICK, PICTURES, run)
    for result, expected in zip(
        other.get_weights(), encoder.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(result, expected)


def test_scenes_come_in_views_of_versions():
    config = override(QUICK, {"versions": 3})
    batches = training.scene_batches(PICTURES, config, seed=0, epochs=range(1))
    views, labels = next(batches.as_numpy_iterator())
    assert views.shape == (4, 3, 2, 24, 24, 3)
    assert views.dtype == np.uint8
    assert labels.shape == (4, 1)
    assert (views[:, 0] != views[:, 1]).any(axis=(1, 2, 3, 4)).all()


def test_how_much_the_first_stage_learns_from_is_told(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(trainers, "fit", lambda *args, **options: None)
    (tmp_path / "synthetic").mkdir()  # As `fit` does.
    run = trainers.Run(tmp_path, verbose=2)
    config = override(QUICK, {"synthetic_epochs": 3})
    training.learn_scenes(build_encoder(config), config, PICTURES, run)
    assert "8 scenes of toy, 6 steps in all" in capsys.readouterr().out


def official_arrays(trunk):
    """Returns random arrays in the layout of the release."""
    rng = np.random.default_rng(0)
    parts = {"conv1": "0", "bn1": "1"} | {f"layer{i}": str(3 + i) for i in range(1, 5)}
    arrays = {}
    for name, shape in backbones.torchvision_shapes(trunk).items():
        part, _, rest = name.partition(".")
        arrays[f"{parts[part]}.{rest}"] = rng.uniform(0.1, 1, shape).astype("float32")
    return arrays


@pytest.mark.parametrize(
    "normalization", ["none", pytest.param("imagenet", marks=pytest.mark.slow)]
)
def test_official_checkpoints_become_encoders(normalization):
    config = contentsep.Config(normalization=normalization)
    trunk = backbones.build_backbone("resnet50", None).layers[-1]
    arrays = official_arrays(trunk)
    assert len(arrays) == 318 - 53  # Less the counters of batches.
    encoder = contentsep.convert(
        {**arrays, "1.num_batches_tracked": np.array(3)}, config
    )
    assert encoder.output_shape == (None, 2048)
    kernels = [w for w in encoder.get_weights() if w.shape == (7, 7, 3, 64)]
    np.testing.assert_array_equal(kernels[0], arrays["0.weight"].transpose(2, 3, 1, 0))
    arrays["head.weight"] = np.zeros(3)
    with pytest.raises(ValueError, match=r"superfluous.*head\.weight"):
        contentsep.convert(arrays, config)


def test_only_resnet50_has_checkpoints():
    with pytest.raises(ValueError, match="resnet10_slim"):
        contentsep.convert({}, QUICK)


def test_m_scqale_trains_five_networks_one_after_another(tmp_path, monkeypatch):
    """Each with its own numbers; the others stay as they are meanwhile."""
    recipe = contentsep.METHOD.configured("m_scqale")
    assert recipe.band_versions == (10, 10, 20, 40, 40)
    assert recipe.band_scenes == (4, 4, 8, 16, 32)
    fields = {
        **FAST,
        "levels": 5,
        "version_types": "any",
        "band_versions": (2, 2, 3, 3, 2),
        "band_scenes": (4, 4, 2, 2, 2),
        "epochs": 0,
        "sharpness": 0.0,
        "components": 3,
    }
    config = override(contentsep.Config(), fields)
    seen = []

    def learn(part, alone, scenes, run):
        seen.append((alone.versions, alone.scenes, run.folder.name))
        before = encoder.get_weights()
        part.set_weights([array + 1 for array in part.get_weights()])
        moved = [
            np.any(old != new)
            for old, new in zip(before, encoder.get_weights(), strict=True)
        ]
        assert sum(moved) == len(before) / 5

    encoder = build_encoder(config)
    start = encoder.get_weights()
    monkeypatch.setattr(training, "learn_scenes", learn)
    run = trainers.Run(tmp_path, verbose=0)
    training.learn_bands(encoder, config, PICTURES, run)
    assert seen == [
        *((2, 4, "level_0"), (2, 4, "level_1"), (3, 2, "level_2")),
        *((3, 2, "level_3"), (2, 2, "level_4")),
    ]
    for old, new in zip(start, encoder.get_weights(), strict=True):
        np.testing.assert_allclose(new, old + 1, atol=1e-6)
    assert (tmp_path / "synthetic" / "encoder.keras").is_file()


def test_features_of_a_level_are_its_part_of_all():
    encoder = build_encoder(override(QUICK, {"levels": 5}))
    whole = features_of(encoder, toy_image(1))
    part = features_of(training.of_level(encoder, 3), toy_image(1))
    np.testing.assert_allclose(part, whole[3 * 256 : 4 * 256], atol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {"band_versions": (2,) * 5},
        {"band_versions": (2,) * 5, "band_scenes": (2,) * 4},
        {"band_versions": (2, 2, 2, 2, 7), "band_scenes": (2,) * 5},
        {"band_versions": (2,) * 5, "band_scenes": (2, 2, 2, 2, 0)},
        {"levels": 1, "band_versions": (2,) * 5, "band_scenes": (2,) * 5},
    ],
)
def test_bands_need_a_number_each(changes):
    with pytest.raises(ValueError, match="`band_versions` and `band_scenes`"):
        override(contentsep.Config(), {"levels": 5, "penalty": 0.0, **changes})
