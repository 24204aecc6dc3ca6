"""Tests of MUSIQ as a Keras model, of its training and of its options."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data.sources import Sources
from tfiqa.methods import METHODS
from tfiqa.methods import musiq
from tfiqa.methods.musiq import checkpoint
from tfiqa.methods.musiq import training
from tfiqa.models import MUSIQ

# JAX compiles every operation anew, which takes many seconds.
on_jax = keras.backend.backend() == "jax"
slow_on_jax = pytest.mark.slow if on_jax else pytest.mark.skipif(False, reason="")

SLIM = {
    "sides": (40,),
    "channels": 32,
    "length": 8,
    "depth": 1,
    "heads": 2,
    "hidden": 8,
}


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(2)
    model = MUSIQ(**SLIM)
    model.compile(keras.optimizers.Adam(1e-2), "mean_absolute_error")
    return model


@slow_on_jax
def test_is_fitted_saved_and_scores(model, tmp_path):
    images = np.stack([toy_image(seed, 32, 40) for seed in range(4)]).astype("float32")
    mos = np.arange(4, dtype="float32")[:, None]
    history = model.fit(images, mos, epochs=3, batch_size=4, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    model.save(tmp_path / "model.keras")
    restored = keras.saving.load_model(tmp_path / "model.keras")
    expected = ops.convert_to_numpy(model(images))
    np.testing.assert_array_equal(ops.convert_to_numpy(restored(images)), expected)
    scorer = model.scorer(mos_range=(0, 3), scale=2.0, offset=1.0)
    result = ops.convert_to_numpy(scorer(images))
    np.testing.assert_allclose(result, 2 * expected + 1, atol=1e-5)


@slow_on_jax
def test_training_starts_from_an_official_checkpoint(model, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        f"opt/target/{name}": rng.normal(0, 0.1, shape).astype("float32")
        for name, shape in checkpoint.stored_shapes(model).items()
        if not name.startswith("head/")
    }
    arrays["opt/target/head/kernel"] = np.ones((8, 1000), "float32")
    arrays["opt/target/head/bias"] = np.ones(1000, "float32")
    np.savez(tmp_path / "imagenet.npz", **arrays)
    config = METHODS["musiq"].configured(
        "quick", {**SLIM, "crop_size": 32, "batch_size": 4, "epochs": 1}
    )
    config = override(config, {"weights": str(tmp_path / "imagenet.npz")})
    seen = []
    monkeypatch.setattr(
        trainers,
        "fit",
        lambda trainee, *args, **kwargs: seen.append(trainee.get_layer("tokens")),
    )
    source = toy_source(8)
    run = trainers.Run(tmp_path, verbose=0)
    musiq.check(config, Sources(source, source), run)
    musiq.train(config, Sources(source, source), run)
    result = ops.convert_to_numpy(seen[0].positions)
    stored = arrays["opt/target/Transformer/posembed_input/pos_embedding"][0]
    np.testing.assert_array_equal(result, stored)


def test_missing_weights_are_named_before_training(tmp_path):
    config = override(musiq.Config(), {"weights": "none.npz"})
    source = toy_source(12)
    with pytest.raises(ValueError, match=r"weights='none\.npz'"):
        musiq.check(config, Sources(source, source), trainers.Run(tmp_path))


def test_rates_fall_to_zero():
    for optimizer in ("sgd", "adam"):
        config = override(musiq.Config(), {"optimizer": optimizer})
        rates = training.build_optimizer(config, 10)
        assert type(rates).__name__.lower() == optimizer
        schedule = rates._learning_rate
        values = [float(ops.convert_to_numpy(schedule(step))) for step in range(11)]
        assert values == sorted(values, reverse=True)
        assert values[0] == pytest.approx(1e-3)
        assert values[-1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("heads", 5, "divide"),
        ("channels", 48, "multiple of 32"),
        ("sides", (384, 224), "rising"),
        ("optimizer", "lion", "sgd, adam"),
    ],
)
def test_rejects_values(field, value, allowed):
    with pytest.raises(ValueError, match=allowed):
        override(musiq.Config(), {field: value})


@pytest.mark.parametrize("arguments", [{"channels": 3}, {"heads": 5}, {"depth": 0}])
def test_model_rejects_values(arguments):
    with pytest.raises(ValueError, match=r"Received: (channels|heads|depth)="):
        MUSIQ(**arguments)
