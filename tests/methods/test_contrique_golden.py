"""CONTRIQUE's network against numbers of the authors' code, on every backend.

The weights are drawn by a recipe, in the official layout, so that no checkpoint is
needed; the expected arrays were computed in double precision.
"""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.compiled import jitted
from tests.support.golden_weights import golden_arrays
from tests.support.golden_weights import normalization
from tests.support.golden_weights import resnet50_names
from tfiqa.methods import contrique
from tfiqa.methods.contrique import checkpoint
from tfiqa.models import CONTRIQUE


def official_names():
    """The arrays of the official checkpoint, in its order."""
    names = resnet50_names("encoder.0", "encoder.1", lambda k: f"encoder.{k + 3}")
    for index in (0, 3):
        names += [f"projector.{index}.weight", *normalization(f"projector.{index + 1}")]
    return names


@pytest.fixture(scope="module")
def trainee():
    trainee = CONTRIQUE().trainer()
    checkpoint.load(trainee, official_arrays(trainee))
    return trainee


def official_arrays(trainee):
    shapes = checkpoint.stored_shapes(trainee)
    return golden_arrays(official_names(), shapes, lambda name: 2)


@pytest.fixture(scope="module")
def views():
    """Two views of two pictures in `[0, 255]`; the maps of the second are 4 x 5."""
    first = np.random.RandomState(7).rand(2, 3, 256, 256).astype("float32")
    ramp = np.linspace(0, 1, 256, dtype="float32")
    first[1] = 0.25 * first[1] + 0.75 * ramp[:, None] * ramp[None, :] ** 2
    second = np.random.RandomState(8).rand(2, 3, 128, 160).astype("float32")
    return [255 * view.transpose(0, 2, 3, 1) for view in (first, second)]


@pytest.fixture(scope="module")
def golden(shared):
    with np.load(shared / "goldens" / "contrique.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def outputs(trainee, views):
    """What the network says of both views, by the names of the golden arrays."""
    found = {}
    for name, view in zip("ij", views, strict=True):
        whole, parts = trainee.represented(view)
        found |= {f"h_{name}": whole, f"h_{name}_patch": parts}
        found |= {f"z_{name}": trainee.projector(whole)}
        found |= {f"z_{name}_patch": trainee.projector(parts)}
    return {name: ops.convert_to_numpy(value) for name, value in found.items()}


def assert_close(result, expected):
    """The largest difference is at most 1e-4 of the largest entry."""
    assert result.shape == expected.shape
    assert np.abs(result - expected).max() <= 1e-4 * np.abs(expected).max()


def test_counts(trainee):
    names = official_names()
    assert len(names) == 275
    assert checkpoint.stored_shapes(trainee).keys() == set(names)
    count = sum(int(np.prod(w.shape)) for w in trainee.trainable_weights)
    assert count == 27_968_832
    assert len(trainee.trainable_weights) == 165


@pytest.mark.parametrize("name", ["h_i", "h_j", "h_i_patch"])
def test_representations(outputs, golden, name):
    assert_close(outputs[name], golden[name])


@pytest.mark.parametrize("name", ["z_i", "z_j", "z_i_patch", "z_j_patch"])
def test_projections(outputs, golden, name):
    assert_close(outputs[name], golden[name])


def test_parts_of_a_map_of_odd_width(outputs):
    # The eighth output is known by what the projector makes of it, and by its length.
    lengths = np.linalg.norm(outputs["h_j_patch"], axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)
    sums = [np.abs(outputs[f"z_{view}_patch"]).sum() for view in "ij"]
    np.testing.assert_allclose(sums, [61.738429, 61.716485], rtol=1e-5)
    expected = [-0.033516, 0.112643, -0.071899]
    np.testing.assert_allclose(outputs["z_i_patch"][5, :3], expected, atol=2e-6)


def test_feature_map(trainee, views, golden):
    features = ops.convert_to_numpy(trainee.network(views[0], training=False))
    assert features.mean() == pytest.approx(0.106550, abs=1e-6)
    assert features.std() == pytest.approx(0.119791, abs=1e-6)
    assert_close(features[..., ::64].transpose(0, 3, 1, 2), golden["enc_i_sub"])


def test_features_of_the_encoder(trainee, views, outputs):
    """Of a picture at both scales: the half is checked against Pillow elsewhere."""
    encoder = contrique.convert(official_arrays(trainee), contrique.Config())
    found = ops.convert_to_numpy(jitted(encoder)(views[0]))
    assert found.shape == (2, 4096)
    assert_close(found[:, :2048], outputs["h_i"])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 2**0.5, rtol=1e-5)
    sums = found[:, :2048].sum(axis=1)
    np.testing.assert_allclose(sums, [30.194392, 30.172128], rtol=1e-5)


def test_a_call_returns_the_parts_of_both_views(trainee, views, outputs):
    expected = np.concatenate([outputs["z_i_patch"], outputs["z_j_patch"]])
    assert_close(ops.convert_to_numpy(trainee(views)), expected)


def test_faulty_checkpoints_are_told(trainee):
    arrays = official_arrays(trainee)
    arrays["extra.weight"] = np.zeros(3)
    del arrays["projector.4.bias"]
    with pytest.raises(ValueError, match=r"missing \(1\): projector.4.bias") as message:
        contrique.convert(arrays, contrique.Config())
    assert "superfluous (1): extra.weight" in str(message.value)
    other = contrique.Config(backbone="resnet18")
    with pytest.raises(ValueError, match="resnet50"):
        contrique.convert(arrays, other)


def test_prefixes_of_parallel_training_are_stripped(trainee):
    arrays = {f"module.{k}": a for k, a in official_arrays(trainee).items()}
    arrays["module.encoder.1.num_batches_tracked"] = np.array(3)
    assert isinstance(contrique.convert(arrays, contrique.Config()), keras.Model)
