"""WaDIQaM-NR with weights in released layouts against a second one in NumPy."""

import h5py
import keras
import numpy as np
import pytest
from keras import ops

from tests.support.toy_scorer import toy_image
from tfiqa.config.overrides import override
from tfiqa.methods import wadiqam
from tfiqa.methods.wadiqam import checkpoint
from tfiqa.methods.wadiqam import training
from tfiqa.models import WaDIQaM
from tfiqa.models.wadiqam import build_network
from tfiqa.scoring.scorer import metadata

# JAX compiles every operation of every scorer anew, which takes seconds each.
on_jax = keras.backend.backend() == "jax"
slow_on_jax = pytest.mark.slow if on_jax else pytest.mark.skipif(False, reason="")

SLIM = {"channels": (2, 3, 4, 5, 6), "units": 7}


def released(chain=True):
    """Returns arrays of a file of Chainer, or of PyTorch, drawn at random."""
    rng = np.random.default_rng(3)
    network = build_network(**SLIM)
    parts = {"kernel": "W", "bias": "b"}
    if not chain:
        parts = {"kernel": "weight", "bias": "bias"}
    arrays = {}
    for name, shape in checkpoint.stored_shapes(network).items():
        layer, part = name.split("/")
        spread = 0.05 if part == "bias" else (2 / np.prod(shape[1:])) ** 0.5
        values = rng.normal(0, spread, shape).astype("float32")
        arrays[f"{layer}{'/' if chain else '.'}{parts[part]}"] = values
    # Weights that are positive, and differ from patch to patch.
    name = "fc2_a/W" if chain else "fc2_a.weight"
    arrays[name] = np.abs(arrays[name])
    return arrays


def convolved(x, kernel, bias):
    """Returns a 3 x 3 convolution of `(channels, side, side)`, cell by cell."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    side = x.shape[1]
    result = np.empty((len(kernel), side, side))
    for i, j in np.ndindex(side, side):
        result[:, i, j] = np.tensordot(kernel, padded[:, i : i + 3, j : j + 3], 3)
    return np.maximum(result + bias[:, None, None], 0)


def of_patch(patch, arrays):
    """Returns the quality and the weight of a patch, `(32, 32, 3)`."""
    x = patch.astype("float64").transpose(2, 0, 1)
    for number in range(1, 11):
        x = convolved(x, arrays[f"conv{number}/W"], arrays[f"conv{number}/b"])
        if number % 2 == 0:
            side = x.shape[1] // 2
            x = x.reshape(len(x), side, 2, side, 2).max((2, 4))
    heads = []
    for suffix in ("", "_a"):
        hidden = arrays[f"fc1{suffix}/W"] @ x.ravel() + arrays[f"fc1{suffix}/b"]
        hidden = np.maximum(hidden, 0)
        heads.append((arrays[f"fc2{suffix}/W"] @ hidden + arrays[f"fc2{suffix}/b"])[0])
    return heads[0], max(heads[1], 0) + 1e-6


def score_of(image, arrays, *, scale=1.0, weighted=True, last=True):
    """Returns the score of an image by a loop over its patches."""
    height, width = image.shape[:2]
    tops = range(0, height - 31 if last else height - 32, 32)
    lefts = range(0, width - 31 if last else width - 32, 32)
    heads = [
        of_patch(scale * image[top : top + 32, left : left + 32], arrays)
        for top in tops
        for left in lefts
    ]
    qualities, weights = np.array(heads).T
    if not weighted:
        return qualities.mean()
    return (qualities * weights).sum() / weights.sum()


@pytest.fixture(scope="module")
def image():
    pixels = toy_image(6, 70, 96)
    pixels[:, 40:] //= 3
    return pixels


@pytest.mark.parametrize(
    ("overrides", "options"),
    [
        ({}, {}),
        pytest.param({"top": "patchwise"}, {"weighted": False}, marks=slow_on_jax),
        pytest.param(
            {"unit_range": True, "edge_patches": False},
            {"scale": 1 / 255, "last": False},
            marks=slow_on_jax,
        ),
    ],
    ids=["weighted", "patchwise", "port"],
)
def test_score_is_that_of_a_loop_over_patches(image, overrides, options):
    scorer = wadiqam.convert(released(), wadiqam.Config(**SLIM, **overrides))
    found = ops.convert_to_numpy(scorer(image[None].astype("float32")))[0, 0]
    assert found == pytest.approx(score_of(image, released(), **options), rel=1e-4)


def test_weights_count(image):
    plain, weighted = (score_of(image, released(), weighted=w) for w in (False, True))
    assert abs(plain - weighted) > 1e-3 * abs(plain)


def test_scores_of_live_are_reversed():
    mos, dmos = (
        wadiqam.convert(released(), wadiqam.Config(**SLIM, database=name))
        for name in ("tid2013", "live")
    )
    assert (mos.layers[-1].scale, mos.layers[-1].offset) == (1, 0)
    assert (dmos.layers[-1].scale, dmos.layers[-1].offset) == (-1, 100)
    assert [metadata(one)["mos_range"] for one in (mos, dmos)] == [[0, 9], [0, 100]]


def test_layouts_give_the_same_network(tmp_path):
    arrays = released()
    with h5py.File(tmp_path / "nr.model", "w") as file:
        for name, values in arrays.items():
            file[name] = values
    np.savez(tmp_path / "nr.npz", **arrays)
    port = {
        name.replace("fc1_a", "fc1w_nr").replace("fc2_a", "fc2w_nr"): values
        for name, values in released(chain=False).items()
    }
    port = {
        name.replace("fc1.", "fc1q_nr.").replace("fc2.", "fc2q_nr."): values
        for name, values in port.items()
    }
    np.savez(tmp_path / "port.npz", **port)
    assert {"fc1q_nr.weight", "fc2w_nr.bias"} <= port.keys()
    config = wadiqam.Config(**SLIM)
    expected = wadiqam.convert(arrays, config).get_weights()
    for name in ("nr.model", "nr.npz", "port.npz"):
        read = wadiqam.read_checkpoint(tmp_path / name)
        found = wadiqam.convert(read, config).get_weights()
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_faulty_files_are_named(tmp_path):
    (tmp_path / "broken.model").write_bytes(b"\x89HDF\r\n\x1a\nbroken")
    with pytest.raises(ValueError, match="not a readable HDF5 file"):
        wadiqam.read_checkpoint(tmp_path / "broken.model")
    with pytest.raises(ValueError, match=r"Received: .*none\.model"):
        wadiqam.read_checkpoint(tmp_path / "none.model")
    arrays = released()
    del arrays["conv3/b"]
    with pytest.raises(ValueError, match=r"missing \(1\): conv3/bias"):
        wadiqam.convert(arrays, wadiqam.Config(**SLIM))


def test_network_of_the_paper():
    network = build_network()
    shapes = checkpoint.stored_shapes(network)
    assert shapes["conv10/kernel"] == (512, 512, 3, 3)
    assert shapes["fc2_a/kernel"] == (1, 512)
    # Section III-A: 5.2 million parameters.
    assert network.count_params() == 5_238_562


@pytest.mark.parametrize(
    "top", ["weighted", pytest.param("patchwise", marks=slow_on_jax)]
)
def test_losses_are_those_of_the_paper(top):
    keras.utils.set_random_seed(1)
    model = WaDIQaM(top=top, patches=3, dropout=0.0, **SLIM)
    model.compile("sgd", "mean_absolute_error")
    rng = np.random.default_rng(0)
    patches = rng.uniform(0, 255, (2, 3, 32, 32, 3)).astype("float32")
    mos = np.array([[2.0], [5.0]], "float32")
    rows = ops.convert_to_numpy(model.network(patches.reshape(6, 32, 32, 3)))
    quality, weight = rows[:, -2].reshape(2, 3), rows[:, -1].reshape(2, 3)
    expected = np.abs(quality - mos).mean()
    if top == "weighted":
        of_images = (quality * weight).sum(1) / weight.sum(1)
        expected = np.abs(of_images - mos[:, 0]).mean()
    found = model.test_on_batch(patches, mos)
    assert float(found) == pytest.approx(expected, rel=1e-4)


def test_rates_of_ports_fall_every_hundred_epochs():
    config = wadiqam.METHOD.configured("port")
    rates = [training.learning_rate(config, epoch) for epoch in (0, 99, 100, 250)]
    np.testing.assert_allclose(rates, [1e-4, 1e-4, 0.8e-4, 0.64e-4])
    assert training.learning_rate(wadiqam.Config(), 2999) == 1e-4


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("top", "mean", "weighted, patchwise"),
        ("channels", (3, 4), "five widths"),
        ("database", "csiq", "live, tid2013"),
    ],
)
def test_rejects_values(field, value, allowed):
    with pytest.raises(ValueError, match=allowed):
        override(wadiqam.Config(), {field: value})


@pytest.mark.parametrize("arguments", [{"top": "mean"}, {"patches": 0}])
def test_model_rejects_values(arguments):
    with pytest.raises(ValueError, match=r"Received: (top|patches)="):
        WaDIQaM(**arguments)
