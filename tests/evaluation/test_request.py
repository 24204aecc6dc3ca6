"""Tests of what an evaluation may be asked for."""

import pytest

from tfiqa.data.subsets import PARTS
from tfiqa.evaluation import request
from tfiqa.evaluation.request import EvaluationRequest
from tfiqa.evaluation.request import PredictorsRequest
from tfiqa.evaluation.request import PristineRequest
from tfiqa.evaluation.request import ProtocolOptions
from tfiqa.evaluation.resolve import split_name
from tfiqa.metrics.bootstrap import RESAMPLES
from tfiqa.metrics.comparison import LOGISTICS
from tfiqa.metrics.logistic import PARAMETERS
from tfiqa.regression import settings

NIQE = PredictorsRequest(models=["niqe"])


def test_light_constants_are_those_of_the_modules_that_compute():
    assert (*PARTS, "all") == request.SPLITS
    assert RESAMPLES == request.RESAMPLES
    assert PARAMETERS == request.LOGISTICS
    assert settings.REGRESSORS == request.REGRESSORS
    assert ProtocolOptions().logistics == LOGISTICS


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EvaluationRequest(datasets=["toy"]), "`models`.*Received: none"),
        (lambda: EvaluationRequest(NIQE), "`datasets` or `pristine`.*Received: none"),
        (lambda: EvaluationRequest(NIQE, "toy"), "`datasets`.*Received: 'toy'"),
        (
            lambda: EvaluationRequest(NIQE, ["toy", "toy"]),
            r"`datasets` must have different names. Received: \['toy', 'toy'\]",
        ),
        (
            lambda: EvaluationRequest(NIQE, ["toy"], ["spilt"]),
            "`protocols` must be among split, .*Received: spilt",
        ),
        (lambda: PredictorsRequest(models="niqe"), "`models`.*Received: 'niqe'"),
        (
            lambda: PredictorsRequest(methods=["niqe"], reference="x"),
            "`reference` is used with `models`.*reference='x'",
        ),
        (lambda: PristineRequest("photos", 0), "`limit`.*Received: 0"),
        (lambda: ProtocolOptions(split="both"), "`split`.*Received: 'both'"),
        (lambda: ProtocolOptions(split_seed=-1), "`split_seed`.*Received: -1"),
        (lambda: ProtocolOptions(repeats=0), "`repeats`.*Received: 0"),
        (lambda: ProtocolOptions(divisions="some"), "`divisions`.*Received: 'some'"),
        (lambda: ProtocolOptions(official_seeds=0), "`official_seeds`.*Received: 0"),
        (lambda: PredictorsRequest(regressor="svr"), "`regressor`.*Received.*'svr'"),
        (
            lambda: EvaluationRequest(NIQE, ["toy"], image_sizes=["spaq=512"]),
            "`image_sizes` must name one of toy.*'spaq=512'",
        ),
        (lambda: ProtocolOptions(levels=0), "`levels`.*Received: 0"),
        (lambda: ProtocolOptions(resamples=0), "`resamples`.*Received: 0"),
        (lambda: ProtocolOptions(labels=["25"]), r"`labels`.*Received: \['25'\]"),
        (lambda: ProtocolOptions(logistic=[3]), r"`logistic`.*Received: \[3\]"),
        (lambda: ProtocolOptions(logistic=[]), r"`logistic`.*Received: \[\]"),
    ],
)
def test_errors_name_the_field(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_sizes_are_those_of_a_dataset_or_of_all_others():
    sizes = ["512", "flive=512x512"]
    made = EvaluationRequest(NIQE, ["spaq", "flive"], image_sizes=sizes)
    assert made.image_size("spaq") == "512"
    assert made.image_size("flive") == "512x512"
    assert EvaluationRequest(NIQE, ["spaq"]).image_size("spaq") is None


def test_the_ablation_brings_its_own_predictors():
    assert EvaluationRequest(datasets=["toy"], protocols=["ablation"]).predictors.empty


def test_names():
    assert split_name("niqe") == ("niqe", "niqe")
    assert split_name("runs/koniq/scorer.keras")[0] == "koniq"
    assert split_name("a=runs/x.keras") == ("a", "runs/x.keras")
    assert split_name("runs/b=1/x.keras") == ("x", "runs/b=1/x.keras")
