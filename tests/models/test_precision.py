"""Tests of what must not be half precision under a mixed policy: all that is compared.

A bfloat16 has 8 significant bits: near 60, scores would be multiples of a quarter.
"""

import keras
import numpy as np
import pytest
from keras import ops

from tests.support.near_images import COUNT
from tests.support.near_images import near_images
from tfiqa import losses
from tfiqa import models
from tfiqa.models import contentsep_networks
from tfiqa.models import contrique
from tfiqa.models import frozen_trunk
from tfiqa.models import pqr
from tfiqa.models import reiqa
from tfiqa.models import scnn
from tfiqa.regression import LinearMap
from tfiqa.regression import frozen
from tfiqa.trainers import Run

SLIM = "resnet10_slim"


def hyperiqa(**options):
    return models.HyperIQA(
        backbone=SLIM, crop_size=32, hidden=(8, 4), content_length=64, **options
    )


# Networks with one score per image, whose inputs are images of 32 pixels.
SCORING = {
    "hyperiqa": hyperiqa,
    "hyperiqa_dense": lambda: hyperiqa(hyper=False),
    "hyperiqa_last_stage": lambda: hyperiqa(multi_scale=False),
    "musiq": lambda: models.MUSIQ(
        sides=(), grid=1, channels=32, length=8, depth=1, heads=2, hidden=8
    ),
    "wadiqam": lambda: models.WaDIQaM(channels=(16,) * 5, units=16, patches=1),
    "db_cnn": lambda: models.DBCNN(backbone=SLIM),
    "pqr": lambda: pqr.build_network(backbone=SLIM, patch_size=32, outputs=1),
}

# Networks whose outputs are compared with one another, from images or vectors.
COMPARED = {
    "contrique": lambda: contrique.build_projector(6, 4),
    "reiqa": lambda: reiqa.build_network(models.ReIQA(backbone=SLIM).trunk, 4),
    "contentsep": lambda: models.ContentSep(backbone=SLIM),
    "predictor": lambda: contentsep_networks.build_predictor(6, 4),
    "estimator": lambda: contentsep_networks.build_estimator(6, 4),
    "s_cnn": lambda: models.SCNN().classifier(),
    "features_of_s_cnn": lambda: scnn.SCNN(),
}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Builds a network to train, as a run in mixed precision does."""
    run = Run(tmp_path_factory.mktemp("run"), mixed_precision=True, verbose=0)

    def build(make):
        keras.utils.set_random_seed(0)
        with run.scope():
            return make()

    return build


@pytest.mark.parametrize("name", SCORING)
def test_near_images_have_distinct_scores(mixed, name):
    model = mixed(SCORING[name])
    if name == "musiq":  # Its last layer starts with zeros.
        head = model.get_layer("head")
        head.kernel.assign(np.random.default_rng(0).normal(size=head.kernel.shape))
    images = near_images(32)
    scores = model(images[:, None] if name == "wadiqam" else images, training=False)
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"
    assert len(set(ops.convert_to_numpy(scores).ravel().tolist())) == COUNT


def test_hyperiqa_near_60_is_as_fine_as_in_single_precision(mixed):
    """The last generated bias moves scores by 60, where bfloat16 has steps of 1/4."""
    model = mixed(hyperiqa)
    bias = model.get_layer("target_3").bias_generator.bias
    scores = []
    for offset in (0.0, 60.0):
        bias.assign([offset])
        result = model(near_images(32), training=False)
        scores.append(ops.convert_to_numpy(result).ravel())
    assert len(set(scores[0].tolist())) == COUNT
    np.testing.assert_allclose(scores[1] - scores[0], 60.0, atol=1e-5)


@pytest.mark.parametrize("name", COMPARED)
def test_what_is_compared_is_in_single_precision(mixed, name):
    model = mixed(COMPARED[name])
    for output in model.outputs:
        assert keras.backend.standardize_dtype(output.dtype) == "float32"


def test_the_trunks_compute_in_half_precision(mixed):
    trunk = mixed(lambda: models.CONTRIQUE(backbone=SLIM)).trunk
    assert {layer.compute_dtype for layer in trunk.layers[1:]} == {"bfloat16"}


def test_scorers_built_after_a_mixed_training_are_single(mixed):
    """A run's policy ends with its scope: a ridge in bfloat16 gives equal scores."""
    mixed(lambda: None)
    encoder = models.CONTRIQUE(backbone=SLIM)
    ridge = LinearMap(np.full(512, 1e-3), 60.0)
    scorer = frozen.build_scorer(encoder.encoder(), ridge, {}, name="contrique")
    assert {layer.compute_dtype for layer in scorer.layers} == {"float32"}
    head = frozen_trunk.build_head(4, 3, "head")
    assert head.compute_dtype == "float32"


LOSSES = {
    "supervised_ntxent": lambda x: losses.SupervisedNTXent()(np.arange(8) // 2, x),
    "scene_contrast": lambda x: losses.SceneContrast()(
        np.zeros(2), ops.reshape(x, (2, 2, 2, 4))
    ),
    "level_ranking": lambda x: losses.LevelRanking()(np.tile(np.arange(4), (8, 1)), x),
    "soft_labels": lambda x: losses.SoftLabelCrossEntropy(np.linspace(0, 1, 4))(
        np.linspace(0, 1, 8)[:, None], x
    ),
    "mean_absolute_error": lambda x: keras.losses.MeanAbsoluteError()(x[:, :1], x),
    "simsiam": lambda x: losses.simsiam(*(2 * [ops.reshape(x, (4, 2, 4))])),
    "club": lambda x: losses.club(x, x, x),
    "log_likelihood": lambda x: losses.log_likelihood(x, x, x),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_of_half_precision_are_computed_in_single(name):
    rows = np.random.default_rng(0).normal(size=(8, 4))
    half = ops.cast(rows, "bfloat16")
    loss = LOSSES[name](half)
    assert keras.backend.standardize_dtype(loss.dtype) == "float32"
    rounded = ops.cast(half, "float32")
    expected = ops.convert_to_numpy(LOSSES[name](rounded))
    np.testing.assert_allclose(ops.convert_to_numpy(loss), expected, rtol=1e-5)
