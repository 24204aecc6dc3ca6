"""Checkpoints of DB-CNN against NumPy, which reads the same arrays by itself.

The arrays are seeded; those of the authors' files are compared where a tester has them.
"""

import numpy as np
import pytest
import scipy.io
from keras import ops
from PIL import Image

from tests.backbones.test_torch_pickle import tensor
from tests.backbones.test_torch_pickle import written
from tests.support.plain_convolutions import scnn_logits
from tests.support.plain_convolutions import scnn_maps
from tests.support.plain_convolutions import vgg16_maps
from tests.support.scnn_arrays import db_cnn_arrays
from tests.support.scnn_arrays import scnn_arrays
from tests.support.toy_scorer import toy_image
from tfiqa.methods import METHODS
from tfiqa.methods import ConversionRequest
from tfiqa.methods import convert_checkpoint
from tfiqa.methods import db_cnn
from tfiqa.methods.db_cnn import checkpoint
from tfiqa.models.scnn import RELEASES
from tfiqa.scoring import scorer as scorers

IMAGE = toy_image(3, 64, 48)
OTHER = {"matlab": "pytorch", "pytorch": "matlab"}


def layer(kind, **fields):
    return {"type": kind, "name": f"{kind}", **fields}


def write_mat(path, arrays, *, strides=RELEASES["matlab"].strides, extra=0):
    """Writes an S-CNN as MatConvNet stores it."""
    layers = []
    for index, stride in enumerate(strides):
        layers += [conv(arrays, f"features.{2 * index}", stride), layer("relu")]
    layers.append(layer("pool", pool=[14, 14]))
    for name in ("projection.0", "projection.2", "classifier")[: 3 - extra]:
        layers += [conv(arrays, name, 1), layer("relu")]
    cells = np.empty((1, len(layers)), object)
    cells[0] = layers
    average = np.array(RELEASES["matlab"].mean).reshape(1, 1, 3)
    meta = {"normalization": {"averageImage": average}}
    scipy.io.savemat(path, {"layers": cells, "meta": meta})
    return path


def conv(arrays, name, stride):
    kernel, bias = arrays[f"{name}.weight"], arrays[f"{name}.bias"]
    if kernel.ndim == 2:
        kernel = kernel[:, :, None, None]
    weights = np.empty((1, 2), object)
    weights[0] = [kernel.transpose(2, 3, 1, 0), bias[None]]
    return layer("conv", weights=weights, stride=[stride, stride], pad=[1, 1, 1, 1])


def write_pkl(path, arrays):
    """Writes a state as `torch.save` did before version 1.6."""
    storages = {str(i): a.astype("<f4") for i, a in enumerate(arrays.values())}
    table = {}
    for (key, numbers), name in zip(storages.items(), arrays, strict=True):
        strides = np.array(numbers.strides, int) // 4
        table[f"module.{name}"] = tensor(
            key, numbers.size, 0, numbers.shape, tuple(strides.tolist())
        )
    return written(path, table, {k: a.ravel() for k, a in storages.items()})


@pytest.fixture(scope="module", params=["matlab", "pytorch", "pytorch without"])
def case(request, tmp_path_factory):
    """A file, its release, and its arrays."""
    release = request.param.split()[0]
    arrays = scnn_arrays(statistics=request.param == "pytorch")
    folder = tmp_path_factory.mktemp("files")
    if release == "matlab":
        return write_mat(folder / "scnn.mat", arrays), release, arrays
    return write_pkl(folder / "scnn.pkl", arrays), release, arrays


def assert_close(result, expected):
    result = ops.convert_to_numpy(result)
    assert result.shape == expected.shape
    assert np.abs(result - expected).max() <= 1e-4 * np.abs(expected).max()


def test_features_and_logits(case):
    path, release, arrays = case
    model, classifier = checkpoint.load_scnn(db_cnn.METHOD.read_checkpoint(path))
    maps = scnn_maps(IMAGE, arrays, release)
    image = IMAGE[None].astype("float32")
    assert_close(model.maps()(image, training=False)[0], maps.transpose(1, 2, 0))
    assert_close(model(image, training=False)[0], maps.mean((1, 2)))
    assert_close(classifier(image, training=False)[0], scnn_logits(maps, arrays))


def test_strides_of_the_other_release_would_be_seen(case):
    """Nothing but the numbers tells: all shapes are the same."""
    _, release, arrays = case
    right, wrong = (scnn_maps(IMAGE, arrays, r) for r in (release, OTHER[release]))
    assert right.shape == wrong.shape
    assert np.abs(right - wrong).max() > 0.05 * np.abs(right).max()


def test_strides_are_those_in_the_file(tmp_path):
    strides = (1, 2, 2, 1, 1, 2, 1, 2, 1)
    arrays = scnn_arrays(statistics=False)
    read = checkpoint.read(write_mat(tmp_path / "s.mat", arrays, strides=strides))
    assert read.release.strides == strides
    np.testing.assert_allclose(read.release.mean, RELEASES["matlab"].mean)


def test_an_s_cnn_becomes_an_encoder(case):
    path, release, arrays = case
    encoder = convert_checkpoint(ConversionRequest("db_cnn", path))
    expected = scnn_maps(IMAGE, arrays, release).mean((1, 2))
    assert_close(scorers.reader(encoder)(IMAGE), expected)
    assert encoder.name == "db_cnn_encoder"


@pytest.fixture(scope="module")
def complete():
    return db_cnn_arrays()


@pytest.mark.parametrize("shape", [(64, 48), (50, 70)])
def test_a_complete_network_becomes_a_scorer(complete, shape):
    """In the second shape the maps of both networks differ in size."""
    image = toy_image(6, *shape)
    content = vgg16_maps(image, complete)
    distortion = scnn_maps(image, complete, "pytorch", prefix="features2.")
    for axis, count in ((1, content.shape[1]), (2, content.shape[2])):
        places = np.linspace(0, distortion.shape[axis] - 1, count)
        known = np.arange(distortion.shape[axis])
        distortion = np.apply_along_axis(
            lambda line, places=places, known=known: np.interp(places, known, line),
            axis,
            distortion,
        )
    products = np.einsum("cij,dij->cd", content, distortion) / content[0].size
    roots = np.sqrt(products.ravel() + 1e-8)
    expected = complete["fc.weight"] @ (roots / np.linalg.norm(roots)) + 3.5
    read = checkpoint.Checkpoint(complete, RELEASES["pytorch"])
    scorer = db_cnn.convert(read, db_cnn.Config())
    assert scorers.predictor(scorer)(image) == pytest.approx(expected[0], rel=1e-4)
    turned = db_cnn.convert(read, db_cnn.Config(checkpoint_range=(100.0, 0.0)))
    result = scorers.predictor(turned)(image)
    assert result == pytest.approx(100 - expected[0], rel=1e-4)
    assert scorers.metadata(turned)["mos_range"] == [0.0, 100.0]


def test_faulty_checkpoints_are_told():
    arrays = scnn_arrays(statistics=False)
    del arrays["classifier.bias"]
    arrays["features.4.bias"], arrays["extra"] = np.zeros(5), np.zeros(1)
    read = checkpoint.Checkpoint(arrays, RELEASES["pytorch"])
    with pytest.raises(ValueError, match=r"missing \(1\): classifier.bias") as message:
        db_cnn.convert(read, db_cnn.Config())
    assert "superfluous (1): extra" in str(message.value)
    assert "features.4.bias (5,), expected (64,)" in str(message.value)


def test_other_matlab_files_are_told(tmp_path):
    scipy.io.savemat(tmp_path / "other.mat", {"layers": np.ones(3)})
    with pytest.raises(ValueError, match=r"network of MatConvNet.*other.mat"):
        checkpoint.read(tmp_path / "other.mat")
    arrays = scnn_arrays(statistics=False)
    short = write_mat(tmp_path / "short.mat", arrays, extra=1)
    with pytest.raises(ValueError, match=r"12 convolutions is expected.*has 11"):
        checkpoint.read(short)
    (tmp_path / "none.mat").write_bytes(b"MATLAB 5.0" * 30)
    with pytest.raises(ValueError, match=r"not a readable \.mat file"):
        checkpoint.read(tmp_path / "none.mat")


@pytest.mark.parametrize(
    ("name", "prefix"), [("scnn.pkl", "torch"), ("scnn.mat", "matlab")]
)
def test_the_files_of_the_authors(shared, name, prefix):
    """The logits and features that other code computed from them."""
    path = shared / "weights" / name
    if not path.is_file():
        pytest.skip(f"no weights: {path} is missing (of zwx8981/DBCNN, -PyTorch)")
    with np.load(shared / "goldens" / "scnn_goldens.npz") as arrays:
        golden = dict(arrays)
    top, left = golden["top_left"]
    with Image.open(shared / "goldens" / "calibration" / "I04.bmp") as image:
        crop = np.asarray(image)[top : top + 224, left : left + 224]
    model, classifier = checkpoint.load_scnn(checkpoint.read(path))
    image = crop[None].astype("float32")
    for network, what in ((model, "feature_mean"), (classifier, "logits")):
        result = ops.convert_to_numpy(network(image, training=False))[0]
        np.testing.assert_allclose(result, golden[f"{prefix}_{what}"], atol=1e-4)


def test_the_method_reads_its_own_files():
    assert METHODS["db_cnn"].read_checkpoint is checkpoint.read
