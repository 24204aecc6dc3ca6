"""HyperIQA on a frozen trunk, whose maps of crops are computed once."""

import dataclasses

import keras
import numpy as np
import pytest

from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.backbones.pooled import build_pooled
from tfiqa.config.overrides import override
from tfiqa.data.ops import decode_example
from tfiqa.data.sources import Sources
from tfiqa.methods import hyperiqa
from tfiqa.methods.hyperiqa import cached
from tfiqa.methods.hyperiqa import crop_maps
from tfiqa.models.hyperiqa_head import build_head
from tfiqa.models.hyperiqa_head import build_trainee
from tfiqa.models.hyperiqa_head import flat
from tfiqa.models.hyperiqa_head import on_trunk
from tfiqa.models.hyperiqa_network import build_network
from tfiqa.scoring.scorer import reader

SMALL = override(
    hyperiqa.Config(),
    {
        **hyperiqa.BOX,
        "backbone": "resnet10_slim",
        "backbone_weights": None,
        "crop_size": 32,
        "content_length": 52,
        "reduction": (8, 6),
        "hyper_channels": 5,
        "hidden": (6, 4),
        "batch_size": 8,
        "patches": 2,
        "grid": 2,
        "epochs": 1,
        "folds": 2,
    },
)


@pytest.fixture(scope="module")
def trunk():
    keras.utils.set_random_seed(3)
    return build_pooled("resnet10_slim", None, 32)


@pytest.fixture(scope="module")
def maps(trunk, tmp_path_factory):
    run = trainers.Run(tmp_path_factory.mktemp("run"), verbose=0)
    blocks = crop_maps.of_source(trunk, toy_source(9), run, "train", grid=2)
    return crop_maps.CropMaps(blocks, [one[1:] for one in trunk.output_shape])


def test_the_head_on_pooled_maps_is_the_network_of_the_paper():
    """A mean over patches may be taken before a 1x1 convolution."""
    keras.utils.set_random_seed(0)
    options = {**SMALL.head, "hidden": (8, 4)}
    network = build_network(
        **options, backbone="resnet10_slim", crop_size=64, frozen_stages=4
    )
    trunk = build_pooled("resnet10_slim", None, 64)
    trunk.set_weights(network.get_layer("resnet10_slim").get_weights())
    shapes = [shape[1:] for shape in trunk.output_shape]
    standards = [(np.zeros(shape[-1]), np.ones(shape[-1])) for shape in shapes]
    head = build_head(shapes, standards, **options)
    for layer in network.layers:
        if layer.name.startswith(("local_", "hyper_", "target_")):
            head.get_layer(layer.name).set_weights(layer.get_weights())
    crops = np.random.default_rng(1).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    expected = network.predict_on_batch(crops)
    outputs = on_trunk(trunk, head).predict_on_batch(crops)
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-4)


def test_standardized_maps_have_mean_zero_and_deviation_one(maps):
    images = np.array([1, 4, 5])
    crops = np.arange(4)
    rows = np.concatenate([maps.take(np.full(4, image), crops) for image in images])
    ends = np.cumsum([np.prod(shape) for shape in maps.shapes])[:-1]
    for (mean, deviation), part, shape in zip(
        maps.standards(images), np.split(rows, ends, axis=1), maps.shapes, strict=True
    ):
        values = part.astype("float64").reshape(-1, shape[-1])
        np.testing.assert_allclose(mean, values.mean(axis=0), rtol=1e-4, atol=1e-5)
        expected = np.maximum(values.std(axis=0), 1e-3)
        np.testing.assert_allclose(deviation, expected, rtol=1e-2, atol=1e-4)


def test_the_scorer_scores_as_the_network_does_on_cached_maps(trunk, maps, tmp_path):
    source = toy_source(9)
    run = trainers.Run(tmp_path, verbose=0)
    config = dataclasses.replace(SMALL, folds=0, map_dropout=0.3)
    head = cached.learn(config, maps, source.scores, np.arange(9), seed=2)
    scale, offset = cached.units(source.scores)
    expected = offset + scale * cached.predict(head, maps, np.arange(9))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cached, "build_pooled", lambda *_: trunk)
        patch.setattr(cached, "learn", lambda *_, **__: head)
        scorer = hyperiqa.train(config, Sources(source, toy_source(2)), run)
    assert len(np.unique(expected)) == 9
    scale, offset = cached.units(np.concatenate([source.scores, toy_source(2).scores]))
    first = (expected - cached.units(source.scores)[1]) / cached.units(source.scores)[0]
    read = reader(scorer)
    images = [
        row["image"] for row in source.examples.map(decode_example).as_numpy_iterator()
    ]
    scores = [float(read(image)[0]) for image in images]
    np.testing.assert_allclose(scores, offset + scale * first, rtol=2e-3)


def test_training_lowers_the_loss_and_leaves_the_trunk(trunk, maps):
    mos = toy_source(9).scores
    before = trunk.get_weights()
    errors = []
    for epochs in (1, 30):
        config = dataclasses.replace(SMALL, epochs=epochs, learning_rate=1e-3)
        head = cached.learn(config, maps, mos, np.arange(9), seed=1)
        targets = (mos - mos.mean()) / mos.std()
        errors.append(np.abs(cached.predict(head, maps, np.arange(9)) - targets).mean())
    assert errors[1] < 0.7 * errors[0]
    for old, new in zip(before, trunk.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_network_scores_only_what_it_has_not_seen(maps, tmp_path, monkeypatch):
    mos, seen = toy_source(9).scores, []
    monkeypatch.setattr(
        cached, "learn", lambda *args, **_: seen.append(args[3]) or args[3]
    )

    def nothing_of(images_seen, maps, images):
        assert not set(images) & set(images_seen)
        assert set(images) | set(images_seen) == set(range(9))
        return images / 10

    monkeypatch.setattr(cached, "predict", nothing_of)
    run = trainers.Run(tmp_path, verbose=0)
    scores = cached.unseen_scores(dataclasses.replace(SMALL, folds=3), maps, mos, run)
    assert np.isfinite(scores).all()
    assert sorted(map(len, seen)) == [6, 6, 6]
    for images in seen:
        left_out = np.setdiff1d(np.arange(9), images)
        scale, offset = mos[images].std(), mos[images].mean()
        np.testing.assert_allclose(scores[left_out], offset + scale * left_out / 10)
    assert set(run.report["unseen_share"]) == {"srocc", "plcc"}


def test_an_epoch_takes_other_crops_of_each_image(maps):
    targets, images = np.arange(9, dtype="float32"), np.array([0, 2, 3, 8])
    batches = [cached.Batches(SMALL, maps, targets, images, seed=k) for k in (1, 1, 2)]
    first, again, other = (one.pairs for one in batches)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert len({tuple(pair) for pair in first}) == len(first) == 8
    assert np.bincount(first[:, 0], minlength=9).tolist() == [2, 0, 2, 2, 0, 0, 0, 0, 2]
    assert batches[0].num_batches == 1
    values, labels = batches[0][0]
    np.testing.assert_array_equal(labels[:, 0], first[:, 0])
    for value, (image, crop) in zip(values, first, strict=True):
        np.testing.assert_array_equal(value, maps.blocks[0][image, crop])


def test_dropout_is_of_whole_channels_and_of_training_alone(maps):
    head = build_head(maps.shapes, maps.standards(np.arange(9)), **SMALL.head)
    values = maps.take(np.zeros(2, int), np.arange(2))
    plain, dropped = (build_trainee(head, dropout=share) for share in (0.0, 0.5))
    expected = plain.predict_on_batch(values)
    np.testing.assert_allclose(dropped.predict_on_batch(values), expected, rtol=1e-5)
    trained = keras.ops.convert_to_numpy(dropped(values, training=True))
    assert np.abs(trained - expected).max() > 1e-4


def test_flat_maps_are_those_of_the_trunk(trunk, maps):
    crops = np.zeros((2, 32, 32, 3), "float32")
    parts = trunk.predict_on_batch(crops)
    assert flat(parts).shape == (2, maps.blocks[0].shape[-1])
    assert [one.shape[1:] for one in parts] == [tuple(shape) for shape in maps.shapes]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"frozen_stages": 2}, "`frozen_stages` must be one of 4"),
        ({"coverage": "full"}, "`coverage` must be one of grid"),
        ({"labels": "percent"}, "`labels` must be one of standardized"),
        ({"patches": 5}, "`patches` must be at most 4 crops"),
        ({"folds": 1}, "`folds` must be 0, or at least 2"),
    ],
)
def test_what_cannot_be_cached_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(SMALL, **changes)
