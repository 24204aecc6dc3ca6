"""Which classical scorers can be exported, and why the others cannot."""

import numpy as np
import pytest

from tests.support.toy_scorer import METADATA
from tfiqa.export import saved_model
from tfiqa.export import tflite
from tfiqa.export.images import generated
from tfiqa.models import codebooks
from tfiqa.models import dipiq
from tfiqa.models import gm_log
from tfiqa.models import piqe
from tfiqa.regression import frozen
from tfiqa.regression import svr
from tfiqa.regression.linear_map import LinearMap
from tfiqa.regression.support_vectors import Scaling
from tfiqa.regression.support_vectors import SupportVectorMachine
from tfiqa.scoring.serialization import load_scorer


def make_codebook(words):
    random = np.random.default_rng(0)
    spread = np.ones((words, 49))
    means = random.normal(size=(words, 49))
    return codebooks.Codebook(np.zeros(49), np.eye(49), means, spread, 0 * spread)


def linear_scorer(encoder, scale):
    random = np.random.default_rng(1)
    weights = scale * random.normal(size=encoder.output_shape[-1])
    return frozen.build_scorer(encoder, LinearMap(weights, 0.0), METADATA, name="toy")


def cornia():
    encoder = codebooks.cornia_encoder(make_codebook(30), count=500)
    return linear_scorer(encoder, 3.0)


def hosa():
    return linear_scorer(codebooks.hosa_encoder(make_codebook(8), count=200), 30.0)


def ranked():
    encoder = codebooks.cornia_encoder(make_codebook(30), count=500)
    network = dipiq.rank_network(60, hidden=(8, 3))
    mean, deviation = np.full(60, 2.0), np.full(60, 0.01)
    return dipiq.build_scorer(encoder, network, mean, deviation, METADATA)


def gm_log_scorer():
    random = np.random.default_rng(2)
    scaling = Scaling(np.full(40, 5.0), np.full(40, -0.5))
    machine = SupportVectorMachine(
        random.normal(size=(50, 40)), random.normal(size=50), 0.0, 0.02, scaling
    )
    descriptor = gm_log.gm_log_features()
    return svr.build_scorer(descriptor, machine, METADATA, scale=10.0, name="toy")


SCORERS = {
    "cornia": cornia,
    "dipiq": ranked,
    "gm_log": gm_log_scorer,
    "hosa": hosa,
    "brisque": lambda: load_scorer("brisque"),
    "piqe": piqe.piqe,
}
DOUBLE = ("brisque", "piqe")


@pytest.mark.parametrize("name", SCORERS)
def test_litert_has_what_does_not_need_double_precision(name, tmp_path):
    scorer, file = SCORERS[name](), tmp_path / "scorer.tflite"
    if name in DOUBLE:
        size = (48, 64)  # Loops over images of any size are refused before.
        with pytest.raises(ValueError, match="float64"):
            tflite.export(scorer, file, size=size, images=generated(2, size=size))
        assert not file.exists()
        return
    agreement = tflite.export(scorer, file, images=generated(6, min_side=16))
    assert agreement.passed
    assert not any(getattr(layer, "portable", False) for layer in scorer.layers)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCORERS)
def test_all_have_a_saved_model(name, tmp_path):
    images = generated(6, min_side=16)
    assert saved_model.export(SCORERS[name](), tmp_path / "m", images=images).passed
