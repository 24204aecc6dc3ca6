"""HyperIQA's network against numbers of the authors' code, on every backend.

The weights are drawn by a recipe, in the official layout, so that no checkpoint is
needed; the expected arrays were computed in double precision.
"""

import numpy as np
import pytest
from keras import ops

from tests.support.compiled import jitted
from tests.support.golden_weights import golden_arrays
from tests.support.golden_weights import resnet50_names
from tfiqa import layers
from tfiqa.methods import hyperiqa
from tfiqa.methods.hyperiqa import checkpoint
from tfiqa.models.hyperiqa_network import build_network

# Scores of the two pictures where one step is wrong.
FAULTS = {
    "generated weights flattened position by position": (15.461813, 11.358430),
    "generated kernels transposed": (18.796523, 17.892504),
    "local maps flattened position by position": (16.092872, 17.100983),
}


def official_names():
    """The arrays of the official checkpoint, in its order."""
    names = resnet50_names("res.conv1", "res.bn1", lambda k: f"res.layer{k}")
    for index in (1, 2, 3):
        names += [f"res.lda{index}_pool.0.weight"]
        names += [f"res.lda{index}_fc.{part}" for part in ("weight", "bias")]
    dense = ["res.lda4_fc", *(f"conv1.{index}" for index in (0, 2, 4))]
    for index in (1, 2, 3, 4):
        dense += [f"fc{index}w_conv", f"fc{index}b_fc"]
    dense += ["fc5w_fc", "fc5b_fc"]
    return names + [f"{name}.{part}" for name in dense for part in ("weight", "bias")]


def official_arrays(network):
    shapes = checkpoint.stored_shapes(network)
    return golden_arrays(
        official_names(), shapes, lambda name: 2 if name.startswith("res.") else 9
    )


@pytest.fixture(scope="module")
def network():
    config = hyperiqa.Config(backbone_weights=None)
    network = build_network(**config.network)
    checkpoint.load(network, official_arrays(network))
    return network


@pytest.fixture(scope="module")
def crops():
    """Two pictures, noise and a noisy ramp, `(2, 224, 224, 3)` in `[0, 255]`."""
    noise = np.random.RandomState(7).rand(2, 3, 224, 224).astype("float32")
    ramp = np.linspace(0, 1, 224, dtype="float32")
    noise[1] = 0.25 * noise[1] + 0.75 * ramp[:, None] * ramp[None, :] ** 2
    return 255 * noise.transpose(0, 2, 3, 1)


@pytest.fixture(scope="module")
def golden(shared):
    with np.load(shared / "goldens" / "hyperiqa.npz") as arrays:
        return dict(arrays)


def assert_close(result, expected):
    """The largest difference is at most 1e-4 of the largest entry."""
    result = ops.convert_to_numpy(result)
    assert result.shape == expected.shape
    assert np.abs(result - expected).max() <= 1e-4 * np.abs(expected).max()


def stages_of(network, crops):
    return network.get_layer("resnet50")(crops, training=False)


def scores_of(network, crops):
    return ops.convert_to_numpy(network(crops, training=False))[:, -1]


def test_counts_of_parameters(network):
    # Of the authors' network: trunk, local branches, and the hyper network.
    count = {"trunk": 0, "local": 0, "hyper": 0}
    for layer in network.layers:
        kind = "trunk" if layer.name == "resnet50" else layer.name.split("_")[0]
        kind = {"target": "hyper"}.get(kind, kind)
        count[kind] = count.get(kind, 0) + sum(
            int(np.prod(weight.shape)) for weight in layer.trainable_weights
        )
    assert count["trunk"] == 23_508_032
    assert count["local"] == 475_360
    assert count["hyper"] == 2_680_432 + 711_545


def test_scores(network, crops):
    np.testing.assert_allclose(
        scores_of(network, crops), [16.092862, 17.124046], atol=1e-4
    )


def test_stages(network, crops, golden):
    for index, stage in enumerate(stages_of(network, crops), start=1):
        by_channel = ops.convert_to_numpy(stage).transpose(0, 3, 1, 2)
        expected = golden[f"layer{index}_nchw_sub"]
        steps = [
            -(-full // part)
            for full, part in zip(by_channel.shape, expected.shape, strict=True)
        ]
        assert_close(by_channel[:, :: steps[1], :: steps[2], :: steps[3]], expected)


def test_local_branches(network, crops, golden):
    for index, stage in enumerate(stages_of(network, crops), start=1):
        pooled = network.get_layer(f"local_{index}").pooled(stage)
        expected = golden[f"lda{index}_pool_nchw"]
        assert_close(pooled, expected.reshape(len(expected), -1))


def test_content_vector(network, crops, golden):
    assert_close(network(crops, training=False)[:, :-1], golden["vec"])


def hyper_map(network, crops):
    features = stages_of(network, crops)[-1]
    for index in (1, 2, 3):
        features = network.get_layer(f"hyper_conv_{index}")(features)
    return features


def test_hyper_feature_map(network, crops, golden):
    features = ops.convert_to_numpy(hyper_map(network, crops))
    assert_close(features.transpose(0, 3, 1, 2), golden["hyper_feat_nchw"])


def test_generated_weights(network, crops, golden):
    features = hyper_map(network, crops)
    for index in (1, 2, 3, 4, 5):
        kernel, bias = network.get_layer(f"target_{index}").generate(features)
        assert_close(kernel, golden[f"W{index}"])
        assert_close(bias, golden[f"b{index}"])


@pytest.mark.parametrize("fault", FAULTS)
def test_each_known_fault_would_be_seen(network, crops, monkeypatch, fault):
    """A fault put in gives the scores that the authors' code gives with it."""
    generate = layers.HyperDense.generate

    def flattened_by_position(self, hyper):
        if self.kernel_from == "mean":
            return generate(self, hyper)
        entries = self.kernel_generator(hyper)
        kernel = ops.reshape(entries, (-1, self.units, self.inputs_length))
        return kernel, generate(self, hyper)[1]

    def transposed(self, hyper):
        kernel, bias = generate(self, hyper)
        kernel = ops.reshape(kernel, (-1, self.inputs_length, self.units))
        return ops.transpose(kernel, (0, 2, 1)), bias

    def pooled_by_position(self, features):
        features = features if self.reduce is None else self.reduce(features)
        return ops.reshape(self.pool(features), (-1, self.project.kernel.shape[0]))

    owner, name, wrong = dict(
        zip(
            FAULTS,
            [
                (layers.HyperDense, "generate", flattened_by_position),
                (layers.HyperDense, "generate", transposed),
                (layers.LocalDistortion, "pooled", pooled_by_position),
            ],
            strict=True,
        )
    )[fault]
    monkeypatch.setattr(owner, name, wrong)
    scores = scores_of(network, crops)
    np.testing.assert_allclose(scores, FAULTS[fault], atol=1e-3)
    assert np.abs(scores - [16.092862, 17.124046]).max() > 1e-2


def test_checkpoint_gives_a_scorer_of_pictures(network):
    arrays = official_arrays(network)
    arrays["res.bn1.num_batches_tracked"] = np.array(7)
    scorer = hyperiqa.convert(arrays, hyperiqa.Config())
    crop = np.random.default_rng(0).uniform(0, 255, (1, 224, 224, 3)).astype("float32")
    expected = scores_of(network, crop)
    np.testing.assert_allclose(jitted(scorer)(crop)[0], expected, atol=1e-3)


def test_faulty_checkpoints_are_told(network):
    arrays = official_arrays(network)
    arrays["extra.weight"] = np.zeros(3)
    del arrays["fc5b_fc.bias"]
    arrays["res.lda4_fc.bias"] = np.zeros(5)
    with pytest.raises(ValueError, match=r"missing \(1\): fc5b_fc.bias") as message:
        hyperiqa.convert(arrays, hyperiqa.Config())
    assert "superfluous (1): extra.weight" in str(message.value)
    assert "res.lda4_fc.bias (5,), expected (176,)" in str(message.value)
