"""Re-IQA's network against numbers of the authors' code, on every backend.

The weights are drawn by a recipe, in the official layout, so that no checkpoint is
needed; the expected numbers were computed in double precision.
"""

import pickle
import sys
import types
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops
from PIL import Image

from tests.support.compiled import jitted
from tests.support.golden_weights import resnet50_names
from tfiqa.backbones import checkpoints
from tfiqa.methods import reiqa
from tfiqa.methods.reiqa import checkpoint
from tfiqa.models import ReIQA
from tfiqa.models.reiqa import build_network
from tfiqa.models.reiqa import join

# JAX compiles for every size of picture, which takes minutes.
on_jax = keras.backend.backend() == "jax"
slow_on_jax = pytest.mark.slow if on_jax else lambda test: test

QUALITY = reiqa.Config().alone("quality")

# Of a picture of this height and width: the mean over the feature map and its first
# four entries, its largest one and the place of it, the first four of the unit vector.
GOLDEN = {
    (160, 160): (
        *(10.42039161, (22.54167133, 28.66209391, 0, 0.03527667), 63.26134074, 1845),
        (-0.13692261, 0.08660856, -0.07941953, 0.16267332),
    ),
    (97, 131): (
        *(8.83281162, (16.96831398, 21.96288194, 0, 0.04344492), 53.13266548, 1845),
        (-0.13184061, 0.09499792, -0.09568138, 0.16846799),
    ),
}


def official_arrays(shapes):
    """Draws the arrays of a checkpoint, one after another."""
    names = resnet50_names("encoder.conv1", "encoder.bn1", "encoder.layer{}".format)
    names += ["head.0.weight", "head.0.bias", "head.2.weight", "head.2.bias"]
    assert set(names) == shapes.keys()
    rng, arrays = np.random.RandomState(0), {}
    for name in names:
        draw = rng.randn(*shapes[name])
        if draw.ndim == 4:
            outputs, _, rows, columns = draw.shape
            draw = draw * np.sqrt(2 / (outputs * rows * columns))
        elif draw.ndim == 2:
            draw = draw / np.sqrt(draw.shape[1])
        elif name.endswith("running_var"):
            draw = 1 + 0.1 * np.abs(draw)
        elif name.endswith("weight"):
            draw = 1 + 0.1 * draw
        else:
            draw = 0.1 * draw
        arrays[name] = draw.astype("float32")
    return arrays


@pytest.fixture(scope="module")
def network():
    return build_network(ReIQA(**QUALITY.network).trunk, QUALITY.projection)


@pytest.fixture(scope="module")
def arrays(network):
    return official_arrays(checkpoint.stored_shapes(network))


def pixels(height, width):
    image = np.random.RandomState(1).rand(1, 3, height, width)
    return 255 * image.transpose(0, 2, 3, 1).astype("float32")


def described(model, image):
    return ops.convert_to_numpy(jitted(model)(image))[0]


def test_counts(network):
    trunk = network.get_layer("trunk")
    assert trunk.count_params() - 2 * 26_560 == 23_508_032
    count = sum(int(np.prod(w.shape)) for w in network.trainable_weights)
    assert count == 27_966_656
    # Without the counters of batches, one for each of 53 normalisations.
    assert len(checkpoint.stored_shapes(network)) == 322 - 53


@pytest.mark.parametrize("size", GOLDEN)
def test_encoder_and_head(network, arrays, size):
    checkpoint.load(network, arrays)
    mean, first, largest, place, unit = GOLDEN[size]
    image = pixels(*size)
    pool = keras.Model(network.input, network.get_layer("pool").output)
    result = described(pool, image)
    assert result.mean() == pytest.approx(mean, rel=1e-4)
    np.testing.assert_allclose(result[:4], first, rtol=1e-4, atol=1e-4)
    assert result.argmax() == place
    assert result.max() == pytest.approx(largest, rel=1e-4)
    vector = described(network, image)
    np.testing.assert_allclose(
        vector[:4] / np.linalg.norm(vector), unit, rtol=1e-4, atol=1e-5
    )


@slow_on_jax
def test_features_are_means_at_full_and_at_half_scale(network, arrays):
    """The quality expert sees `[0, 1]`, that of content what ImageNet's mean leaves."""
    checkpoint.load(network, arrays)
    image = np.round(pixels(160, 160))
    half = Image.fromarray(image[0].astype("uint8")).resize((80, 80), Image.BICUBIC)
    half = np.asarray(half, "float32")[None]
    experts = {
        name: reiqa.convert(arrays, reiqa.Config(expert=name))
        for name in ("quality", "content")
    }
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    prepared = {
        "quality": lambda picture: picture,
        "content": lambda picture: 255 * (picture / 255 - mean) / std,
    }
    pool = keras.Model(network.input, network.get_layer("pool").output)
    result = {}
    for name, prepare in prepared.items():
        result[name] = described(experts[name], image)
        expected = np.concatenate([described(pool, prepare(x)) for x in (image, half)])
        assert result[name].shape == (4096,)
        bound = 1e-4 * expected.max()
        np.testing.assert_allclose(result[name], expected, atol=bound)
        assert result[name].min() >= 0
    both = described(join(experts["content"], experts["quality"]), image)
    expected = np.concatenate([result["content"], result["quality"]])
    np.testing.assert_allclose(both, expected, rtol=1e-5, atol=1e-4)


class Tensor:
    """A stand-in for torch's, where that is not installed."""

    def __init__(self, array):
        self.array = np.asarray(array)

    def float(self):
        return Tensor(self.array.astype("float32"))

    def numpy(self):
        return self.array


def restored(path, *, map_location, weights_only):
    """Loads as `torch.load`, if it is asked to run no code."""
    assert (map_location, weights_only) == ("cpu", True)
    return pickle.loads(Path(path).read_bytes())


@pytest.fixture(params=["real", "stand-in"])
def torch(request, monkeypatch):
    if request.param == "real":
        return pytest.importorskip("torch")
    module = types.SimpleNamespace(
        Tensor=Tensor,
        from_numpy=Tensor,
        tensor=Tensor,
        zeros=lambda *shape: Tensor(np.zeros(shape)),
        save=lambda stored, path: path.write_bytes(pickle.dumps(stored)),
        load=restored,
    )
    monkeypatch.setitem(sys.modules, "torch", module)
    return module


def test_a_file_of_torch_is_read_without_its_other_parts(
    torch, network, arrays, tmp_path
):
    tensors = {
        f"module.{name}": torch.from_numpy(array) for name, array in arrays.items()
    }
    tensors["module.encoder.bn1.num_batches_tracked"] = torch.tensor(3)
    stored = {
        "model": tensors,
        "contrast": {"memory": torch.zeros(8, 128)},
        "optimizer": {"state": {}, "param_groups": [{"lr": 12.0}]},
        "epoch": 40,
        "model_ema": {"encoder.conv1.weight": torch.zeros(1)},
    }
    torch.save(stored, tmp_path / "quality_aware_r50.pth")
    read = checkpoints.read_arrays(tmp_path / "quality_aware_r50.pth")
    checkpoint.load(network, {name: np.zeros_like(a) for name, a in arrays.items()})
    checkpoint.load(network, read)
    kernel = network.get_layer("projection").kernel
    np.testing.assert_array_equal(kernel, arrays["head.2.weight"].T)


def test_faulty_checkpoints_are_told(arrays):
    faulty = {**arrays, "fc.weight": np.zeros(3)}
    del faulty["head.2.bias"]
    config = reiqa.Config(expert="quality")
    with pytest.raises(ValueError, match=r"missing \(1\): head.2.bias") as message:
        reiqa.convert(faulty, config)
    assert "superfluous (1): fc.weight" in str(message.value)
    with pytest.raises(ValueError, match="expert='both'"):
        reiqa.convert(arrays, reiqa.Config())
    with pytest.raises(ValueError, match="resnet50"):
        reiqa.convert(arrays, reiqa.Config(expert="quality", backbone="resnet18"))
