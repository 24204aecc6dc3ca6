"""Tests of the three stages of DB-CNN's training."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data.images import of_source
from tfiqa.data.sources import Sources
from tfiqa.methods import db_cnn
from tfiqa.methods.db_cnn import head
from tfiqa.methods.db_cnn import training
from tfiqa.models import SCNN
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import reader

TINY = {
    **db_cnn.QUICK,
    "scnn_epochs": 1,
    "scnn_batch_size": 4,
    "scnn_crop_size": 32,
    "head_epochs": 2,
    "crop_size": 32,
    "batch_size": 4,
    "epochs": 1,
}


def config(**changes):
    return override(db_cnn.Config(), {**TINY, **changes})


@pytest.fixture(scope="module")
def images():
    """Eight images without scores."""
    return of_source(toy_source(8))


@pytest.fixture(scope="module")
def sources(images):
    return Sources(toy_source(8), toy_source(5), images)


@pytest.fixture(scope="module")
def trained(sources, tmp_path_factory):
    """The scorer of all three stages, and the folder of its run."""
    folder = tmp_path_factory.mktemp("run")
    return db_cnn.train(config(), sources, trainers.Run(folder, verbose=0)), folder


def values(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_the_stages_leave_their_results(trained):
    scorer, folder = trained
    encoder = load_encoder(folder / "encoder.keras", method="db_cnn")
    assert reader(encoder)(toy_image(1)).shape == (128,)
    for part in (".", "head", "scnn"):
        assert list((folder / part).glob("state-00*"))
    assert "accuracy" in (folder / "scnn" / "log.csv").read_text()
    assert "val_srocc" in (folder / "head" / "log.csv").read_text()
    names = [layer.name for layer in scorer.get_layer("tiles").network.layers]
    assert names[-1] == "bilinear"


def test_an_encoder_replaces_the_first_stage(trained, sources, tmp_path):
    encoder = trained[1] / "encoder.keras"
    known = Sources(sources.train, sources.validation, encoder=encoder)
    run = trainers.Run(tmp_path, verbose=0)
    only_head = config(epochs=0, head_epochs=1)
    db_cnn.METHOD.check(only_head, known, run)
    scorer = db_cnn.train(only_head, known, run)
    assert not (tmp_path / "scnn").exists()
    scnn = scorer.get_layer("tiles").network.get_layer("scnn")
    image = toy_image(2, 48, 48)[None].astype("float32")
    result = values(scnn(image)).mean((1, 2))
    expected = values(load_encoder(encoder)(image))
    np.testing.assert_allclose(result, expected, atol=1e-4 * np.abs(expected).max())


def test_features_of_images_leave_the_networks_as_they_are(sources, tmp_path):
    network = training.build(config(), SCNN().encoder(), weights=None)
    before = {v.path: values(v).copy() for v in network.variables}
    task = training.Task(config(), sources.train, sources.validation)
    training.learn_head(network, task, trainers.Run(tmp_path, verbose=0))
    changed = {v.path for v in network.variables if np.any(values(v) != before[v.path])}
    assert changed == {"quality/kernel", "quality/bias"}


def test_crops_let_the_statistics_of_normalization_drift():
    """What the port does while only its last layer learns."""
    network = training.build(config(merged=False), SCNN().encoder(), weights=None)
    trainable = network.trainable_variables
    statistics = network.get_layer("scnn").get_layer("bn_1").moving_mean
    before = values(statistics).copy()
    with head.all_but_head_frozen(network):
        names = {variable.path for variable in network.trainable_variables}
        assert names == {"quality/kernel", "quality/bias"}
        network(toy_image(1, 32, 32)[None].astype("float32"), training=True)
    assert np.any(values(statistics) != before)
    assert network.trainable_variables == trainable


@pytest.mark.slow
def test_the_stages_of_the_port_train(sources, tmp_path):
    port = config(head_inputs="crops", merged=False, align="resize", root="shifted")
    scorer = db_cnn.train(port, sources, trainers.Run(tmp_path, verbose=0))
    assert "val_srocc" in (tmp_path / "log.csv").read_text()
    assert np.isfinite(reader(scorer)(toy_image(1))).all()


def test_the_head_learns_faster():
    optimizer = training.build_optimizer(db_cnn.Config())
    layers = [keras.layers.Dense(1, name=name) for name in ("hidden", "quality")]
    for layer in layers:
        layer.build((None, 1))
        layer.set_weights([np.zeros((1, 1)), np.zeros(1)])
    kernels = [layer.kernel for layer in layers]
    optimizer.apply([np.ones((1, 1), "f")] * 2, kernels)
    slow, fast = (float(values(kernel)[0, 0]) for kernel in kernels)
    assert slow == pytest.approx(-1e-5, rel=1e-3)
    assert fast == pytest.approx(-1e-2, rel=1e-3)


@pytest.mark.parametrize(
    ("start", "deviation"), [("release", 0.1414), ("kaiming", 0.02)]
)
def test_initial_weights_of_the_head(start, deviation):
    layer = keras.layers.Dense(1)
    layer.build((None, 5000))
    head.initialize(layer, start, seed=0)
    kernel, bias = layer.get_weights()
    assert kernel.std() == pytest.approx(deviation, rel=0.05)
    assert not bias.any()


def test_rates_of_the_port_are_those_of_its_code():
    port = override(db_cnn.Config(), db_cnn.RELEASED["pytorch"])
    scheduled = 0.1 * np.logspace(-1, -4, 30)
    result = np.geomspace(port.scnn_rate, port.scnn_last_rate, port.scnn_epochs)
    np.testing.assert_allclose(result, scheduled)
    assert port.scnn["strides"] == (1, 2, 1, 2, 1, 2, 1, 1, 2)
    paper = db_cnn.Config()
    result = np.geomspace(paper.scnn_rate, paper.scnn_last_rate, paper.scnn_epochs)
    np.testing.assert_allclose(result, np.logspace(-1, -4, 50))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0, "head_epochs": 0}, "head_epochs=0, epochs=0"),
        ({"batch_size": 9}, "batch_size=9, 8 images"),
        ({"scnn_batch_size": 9}, "a batch takes, 9,"),
    ],
)
def test_what_cannot_start_is_said(sources, tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        db_cnn.check(config(**changes), sources, trainers.Run(tmp_path))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("release", "theano"),
        ("align", "crop"),
        ("crop_size", 16),
        ("checkpoint_range", (1.0, 1.0)),
    ],
)
def test_fields_are_checked(field, value):
    with pytest.raises(ValueError, match=f"`{field}` must be"):
        dataclasses.replace(db_cnn.Config(), **{field: value})
