"""Tests of what HyperIQA's recipes and options do."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data.label_units import label_units
from tfiqa.data.sources import Sources
from tfiqa.methods import hyperiqa
from tfiqa.methods.hyperiqa.rates import build_optimizer
from tfiqa.methods.hyperiqa.rates import learning_rates
from tfiqa.models import HyperIQA
from tfiqa.models import hyperiqa_network as networks

SMALL = override(
    hyperiqa.Config(),
    {**hyperiqa.QUICK, "crop_size": 32, "hidden": (8, 4), "content_length": 64},
)

# Rates of trunk and hyper network, epoch by epoch.
RATES = {
    "paper": [(2e-5, 2e-4)] * 5 + [(2e-6, 2e-5)] * 5 + [(2e-7, 2e-6)] * 5,
    "official_intended": [(2e-5, 2e-4)] * 7
    + [(2e-5, 2e-5)] * 3
    + [(2e-5, 2e-6)] * 3
    + [(2e-5, 2e-7)] * 3,
    "official_literal": [(2e-5, 2e-4)] + [(2e-5, 0.0)] * 15,
}


@pytest.mark.parametrize("recipe", RATES)
def test_learning_rates(recipe):
    overrides = hyperiqa.RELEASED.get(recipe, {})
    config = override(hyperiqa.Config(), overrides)
    rates = [learning_rates(config, epoch) for epoch in range(config.epochs)]
    assert len(rates) == len(RATES[recipe])
    np.testing.assert_allclose(rates, RATES[recipe], rtol=1e-9)


def test_cosine_falls_to_nearly_nothing():
    rates = [learning_rates(SMALL, e)[0] for e in range(SMALL.epochs)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == SMALL.learning_rate
    assert rates[-1] < 0.03 * SMALL.learning_rate


@pytest.mark.parametrize(
    ("labels", "expected"),
    [("percent", (0.27, 0.0)), ("raw", (1.0, 0.0))],
)
def test_label_units(labels, expected):
    config = dataclasses.replace(SMALL, labels=labels)
    assert label_units(config.labels, toy_source()) == pytest.approx(expected)


def test_standardized_labels_have_mean_zero_and_deviation_one():
    source = toy_source()
    scale, offset = label_units(SMALL.labels, source)
    learned = (source.scores - offset) / scale
    assert learned.mean() == pytest.approx(0, abs=1e-6)
    assert learned.std() == pytest.approx(1, abs=1e-6)


def trained(config, folder, **options):
    seen = []
    run = trainers.Run(folder, verbose=0, **options)
    source = toy_source(8)

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            names = ("hyper_conv_3", "target_1", "local_1")
            layers = [self.model.get_layer(name) for name in names]
            seen.append([layer.get_weights()[0].copy() for layer in layers])

    fit = trainers.fit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            trainers,
            "fit",
            lambda *args, callbacks, **kwargs: fit(
                *args, callbacks=[*callbacks, Watch()], **kwargs
            ),
        )
        scorer = hyperiqa.train(config, Sources(source, source), run)
    return scorer, seen


@pytest.mark.parametrize("recipe", hyperiqa.METHOD.recipes)
def test_new_layers_learn_fast_in_the_paper_and_the_hyper_network_in_the_release(
    recipe,
):
    """26 tensors in the release; with the eleven of local branches in the paper."""
    config = hyperiqa.METHOD.configured(recipe)
    options = {**SMALL.network, "hidden": (8, 4, 4, 4)}
    network = networks.build_network(**options)
    optimizer = build_optimizer(config)
    optimizer.build(network.trainable_variables)
    fast = [
        variable.path
        for variable, is_fast in zip(
            network.trainable_variables, optimizer._is_fast, strict=True
        )
        if is_fast
    ]
    local = [path for path in fast if path.startswith("local_")]
    assert len(fast) - len(local) == 26
    trunk = network.get_layer("resnet10_slim").trainable_variables
    assert not {variable.path for variable in trunk} & set(fast)
    if recipe.startswith("official"):
        assert not local
    else:
        assert len(local) == 11
        assert len(fast) + len(trunk) == len(network.trainable_variables)


def test_random_crops_are_counted():
    config = dataclasses.replace(SMALL, crops="random:3")
    assert config.cutting["crops"] == "random:3"
    for crops in ("full", "random", "random:0", "random:x", "grid:3"):
        with pytest.raises(ValueError, match=f"`crops` must be .*'{crops}'"):
            hyperiqa.Config(crops=crops)


def test_literal_release_forgets_the_hyper_network_after_one_epoch(tmp_path):
    config = dataclasses.replace(
        SMALL,
        schedule="official_literal",
        fast="hyper",
        epochs=2,
        batch_size=4,
        patches=1,
    )
    _, (first, second) = trained(config, tmp_path)
    for before, after in zip(first[:2], second[:2], strict=True):
        np.testing.assert_array_equal(before, after)
    assert np.abs(first[2] - second[2]).max() > 0


def test_released_initialization_has_the_spread_of_the_release():
    network = networks.build_network()
    networks.initialize_as_released(network, seed=1)
    spreads = {
        "local_1/reduce": 0.0884,
        "local_4/project": 0.03125,
        "target_1/kernel_generator": 0.04454,
        "target_5/kernel_generator": 0.1336,
        "hyper_conv_1": (1 / 3 / 2048) ** 0.5,  # Uniform.
    }
    kernels = {v.path: v for v in network.weights if v.name == "kernel"}
    for name, spread in spreads.items():
        kernel = keras.ops.convert_to_numpy(kernels[f"{name}/kernel"])
        assert kernel.std() == pytest.approx(
            spread, rel=0.1 if kernel.size > 1e4 else 0.2
        )
    bias = network.get_layer("hyper_conv_1").bias
    assert np.abs(keras.ops.convert_to_numpy(bias)).max() == pytest.approx(
        2048**-0.5, rel=0.01
    )


def test_paper_initialization_is_glorot_normal():
    network = networks.build_network()
    kernel = keras.ops.convert_to_numpy(network.get_layer("local_4").project.kernel)
    assert kernel.std() == pytest.approx((2 / (2048 + 176)) ** 0.5, rel=0.05)


@pytest.mark.parametrize("multi_scale", [True, False])
@pytest.mark.parametrize("hyper", [True, False])
def test_ablation_of_table_5(multi_scale, hyper):
    config = dataclasses.replace(SMALL, multi_scale=multi_scale, hyper=hyper)
    network = networks.build_network(**config.network)
    names = [layer.name for layer in network.layers]
    assert ("local_1" in names) == multi_scale
    assert ("hyper_conv_1" in names) == hyper
    crops = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3))
    assert network(crops.astype("float32")).shape == (2, 65)


def test_frozen_stages_stay_as_they_are():
    config = dataclasses.replace(SMALL, frozen_stages=2)
    network = networks.build_network(**config.network)
    frozen = {weight.path for weight in network.non_trainable_weights}
    assert any("stack1" in path for path in frozen if "kernel" in path)
    assert not any("stack2" in path for path in frozen if "kernel" in path)


def test_training_step_compiles_on_static_shapes():
    """A stand-in for accelerators that compile every step."""
    trainee = HyperIQA(**SMALL.network)
    optimizer = build_optimizer(SMALL)
    trainee.compile(optimizer, loss="mean_absolute_error", jit_compile=True)
    crops = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype("float32")
    before = trainee.get_weights()
    loss = trainee.train_on_batch(crops, np.ones((4, 1), "float32"))
    assert np.isfinite(loss)
    changes = [
        np.abs(new - old).max()
        for new, old in zip(trainee.get_weights(), before, strict=True)
    ]
    assert max(changes) > 0


def test_mixed_precision_trains_and_gives_a_single_precision_scorer(tmp_path):
    config = dataclasses.replace(SMALL, epochs=1, batch_size=4, patches=1)
    scorer, _ = trained(config, tmp_path, mixed_precision=True)
    network = scorer.get_layer("features").network
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
    assert {str(weight.dtype) for weight in network.weights} == {"float32"}


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("crop_size", 100, "crop_size=100"),
        ("schedule", "fast", "paper, cosine"),
        ("labels", "stars", "percent, raw"),
        ("resize", (3,), r"resize=\(3,\)"),
        ("epochs", 0, "epochs=0"),
    ],
)
def test_rejects_values(field, value, message):
    with pytest.raises(ValueError, match=message):
        override(hyperiqa.Config(), {field: value})
