"""MUSIQ with weights in the released layout against a second one in NumPy."""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support import musiq_oracle as oracle
from tests.support.toy_scorer import toy_image
from tfiqa.methods import musiq
from tfiqa.methods.musiq import checkpoint
from tfiqa.models.musiq_network import build_network
from tfiqa.scoring.scorer import metadata

# JAX compiles every operation for every size anew, which takes seconds each.
on_jax = keras.backend.backend() == "jax"
slow_on_jax = pytest.mark.slow if on_jax else pytest.mark.skipif(False, reason="")

DEPTH = 2
SMALL = {
    "sides": (40, 70),
    "channels": 32,
    "length": 12,
    "depth": DEPTH,
    "heads": 3,
    "hidden": 20,
}
CONFIG = musiq.Config(**SMALL)


def released(network, outputs=1):
    """Returns random arrays in the layout of a released file."""
    rng = np.random.default_rng(5)
    arrays = {"opt/state/step": np.array(7)}
    for name, shape in checkpoint.stored_shapes(network).items():
        if name.startswith("head/"):
            shape = (*shape[:-1], outputs)
        values = rng.normal(0, 1 / np.sqrt(max(np.prod(shape[:-1]), 4)), shape)
        if name.endswith("/scale"):
            values += 1
        if "/gn" in f"/{name}":
            values = values.reshape(1, 1, 1, -1)
        arrays[f"opt/target/{name}"] = values.astype("float32")
    arrays["opt/target/head/bias"] += 50.0 if outputs == 1 else 0.0
    return arrays


@pytest.fixture(scope="module")
def network():
    return build_network(**CONFIG.network)


@pytest.fixture(scope="module")
def arrays(network):
    arrays = released(network)
    checkpoint.load(network, arrays)
    return arrays


@pytest.fixture(scope="module")
def named(arrays):
    return {
        name.removeprefix("opt/target/"): array.astype("float64")
        for name, array in arrays.items()
    }


@pytest.fixture(scope="module")
def scorer(arrays):
    return musiq.convert(arrays, CONFIG)


def test_every_array_of_the_paper_s_network_has_its_place():
    network = build_network()
    shapes = checkpoint.stored_shapes(network)
    assert len(shapes) == 17 + 3 + 14 * 16 + 2 + 2
    assert shapes["conv_root/kernel"] == (7, 7, 3, 64)
    assert shapes["block1/unit1/conv_proj/kernel"] == (1, 1, 64, 256)
    assert shapes["embedding/kernel"] == (16384, 384)
    assert shapes["Transformer/posembed_input/pos_embedding"] == (1, 100, 384)
    assert shapes["Transformer/scaleembed_input/scale_embedding"] == (1, 3, 384)
    block = "Transformer/encoderblock_13"
    attention = f"{block}/MultiHeadDotProductAttention_1"
    assert shapes[f"{attention}/query/kernel"] == (384, 6, 64)
    assert shapes[f"{attention}/value/bias"] == (6, 64)
    assert shapes[f"{attention}/out/kernel"] == (6, 64, 384)
    assert shapes[f"{block}/MlpBlock_3/Dense_0/kernel"] == (384, 1152)
    assert network.count_params() == 27_125_825


def test_patches_become_the_same_tokens(network, named):
    patches = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 3))
    stem = network.get_layer("tokens").network
    result = ops.convert_to_numpy(stem(patches.astype("float32")))
    np.testing.assert_allclose(result, oracle.embedded(patches, named), atol=2e-5)


@slow_on_jax
@pytest.mark.parametrize("shape", [(33, 65), (70, 40), (20, 31)])
def test_an_image_becomes_the_same_tokens(network, named, shape):
    image = toy_image(4, *shape)
    result = ops.convert_to_numpy(network.get_layer("tokens")(image[None]))[0]
    expected, mask = oracle.tokens_of(image, named, CONFIG.sides)
    np.testing.assert_allclose(result[1:], expected[mask], atol=1e-4)
    np.testing.assert_allclose(result[:1], named["Transformer/cls"][0], atol=1e-6)


def test_masked_tokens_count_no_more_than_missing_ones(named):
    tokens, mask = oracle.tokens_of(toy_image(4, 33, 65), named, CONFIG.sides)
    assert not mask.all()
    padded = oracle.encoded(tokens, mask, named, DEPTH)
    alone = oracle.encoded(tokens[mask], mask[mask], named, DEPTH)
    np.testing.assert_allclose(alone, padded, atol=1e-12)


@pytest.mark.parametrize("shape", [(33, 65), pytest.param((70, 40), marks=slow_on_jax)])
def test_score(scorer, named, shape):
    images = [toy_image(seed, *shape) for seed in (2, 9)]
    result = ops.convert_to_numpy(scorer(np.stack(images).astype("float32")))[:, 0]
    expected = [
        oracle.score(image, named, longer_sides=CONFIG.sides, depth=DEPTH)
        for image in images
    ]
    assert abs(expected[0] - expected[1]) > 1e-2
    np.testing.assert_allclose(result, expected, atol=1e-4)
    assert metadata(scorer)["mos_range"] == [0.0, 100.0]


@slow_on_jax
def test_score_of_a_distribution_of_grades(network):
    arrays = released(network, outputs=10)
    scorer = musiq.convert(arrays, CONFIG)
    image = toy_image(4, 33, 65)
    named = checkpoint.official(arrays)
    expected = oracle.score(image, named, longer_sides=CONFIG.sides, depth=DEPTH)
    result = ops.convert_to_numpy(scorer(image[None].astype("float32")))[0, 0]
    assert result == pytest.approx(expected, abs=1e-5)
    assert metadata(scorer)["mos_range"] == [1.0, 10.0]


@slow_on_jax
def test_single_scale(arrays, named):
    name = "Transformer/scaleembed_input/scale_embedding"
    alone = {**arrays, f"opt/target/{name}": arrays[f"opt/target/{name}"][:, :1]}
    config = musiq.METHOD.configured("single_scale", {**SMALL, "sides": ()})
    image = toy_image(4, 33, 65)
    result = musiq.convert(alone, config)(image[None].astype("float32"))
    expected = oracle.score(image, named, longer_sides=(), depth=DEPTH)
    assert ops.convert_to_numpy(result)[0, 0] == pytest.approx(expected, abs=1e-4)


@slow_on_jax
def test_the_network_of_imagenet_becomes_an_encoder(network):
    arrays = released(network, outputs=1000)
    image = toy_image(4, 33, 65)
    result = ops.convert_to_numpy(
        musiq.convert(arrays, CONFIG)(image[None].astype("float32"))
    )
    named = checkpoint.official(arrays)
    tokens, mask = oracle.tokens_of(image, named, CONFIG.sides)
    expected = oracle.encoded(tokens, mask, named, DEPTH)
    np.testing.assert_allclose(result[0], expected, atol=1e-4)


def test_other_names_of_attention_are_read(arrays, scorer):
    renamed = {
        name.replace("MultiHeadDotProductAttention_1", "SelfAttention_1"): array
        for name, array in arrays.items()
    }
    result = musiq.convert(renamed, CONFIG).get_weights()
    for one, other in zip(result, scorer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_faulty_checkpoints_are_named(arrays):
    faulty = dict(arrays)
    del faulty["opt/target/embedding/bias"]
    faulty["opt/target/extra/kernel"] = np.zeros(3)
    with pytest.raises(ValueError, match=r"missing \(1\): embedding/bias") as caught:
        musiq.convert(faulty, CONFIG)
    assert "superfluous (1): extra/kernel" in str(caught.value)
