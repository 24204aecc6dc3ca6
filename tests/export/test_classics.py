"""Which classical scorers can be exported, and why the others cannot."""

import pytest

from tests.support.tiny_scorers import tiny_scorer
from tfiqa.export import saved_model
from tfiqa.export import tflite
from tfiqa.export.images import generated

PORTABLE = ("cornia", "dipiq", "gm_log", "hosa")
DOUBLE = ("brisque", "piqe")


@pytest.fixture(scope="module", params=(*PORTABLE, *DOUBLE))
def scorer(request, tmp_path_factory):
    return tiny_scorer(request.param, tmp_path_factory.mktemp(request.param))


def test_litert_has_what_does_not_need_double_precision(scorer, tmp_path):
    images, file = generated(6, min_side=16), tmp_path / "scorer.tflite"
    if scorer.name in DOUBLE:
        with pytest.raises(ValueError, match="float64"):
            tflite.export(scorer, file, images=images)
        assert not file.exists()
        return
    agreement = tflite.export(scorer, file, images=images)
    assert agreement.passed
    assert not any(getattr(layer, "portable", False) for layer in scorer.layers)


@pytest.mark.slow
def test_all_have_a_saved_model(scorer, tmp_path):
    images = generated(6, min_side=16)
    assert saved_model.export(scorer, tmp_path / "model", images=images).passed
