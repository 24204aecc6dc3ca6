"""Networks whose graphs LiteRT and ONNX are particular about."""

import keras
import numpy as np
import pytest

from tests.support.toy_scorer import METADATA
from tfiqa.export import onnx
from tfiqa.export import tflite
from tfiqa.export.images import generated
from tfiqa.models.musiq import build_scorer
from tfiqa.models.musiq_network import build_network


@pytest.fixture(scope="module")
def scorer():
    keras.utils.set_random_seed(0)
    network = build_network(
        sides=(40,), channels=32, length=8, depth=2, heads=2, hidden=8
    )
    kernel = np.random.default_rng(0).normal(0, 30, (8, 1))
    network.get_layer("head").kernel.assign(kernel)
    return build_scorer(network, scale=1.0, offset=50.0, metadata=METADATA)


@pytest.mark.slow
def test_tokens_of_images_of_any_size_reach_litert(scorer, tmp_path):
    images = generated(8, min_side=16)
    agreement = tflite.export(scorer, tmp_path / "a.tflite", images=images)
    assert agreement.largest < 1e-3


@pytest.mark.slow
def test_tokens_of_images_of_any_size_reach_onnx(scorer, tmp_path):
    pytest.importorskip("tf2onnx")
    images = generated(8, min_side=16)
    agreement = onnx.export(scorer, tmp_path / "a.onnx", images=images)
    assert agreement.largest < 1e-3
