"""Tests of support vector regression, and of the files of other packages."""

import dataclasses

import numpy as np
import pytest
from sklearn.svm import SVR
from sklearn.svm import NuSVR

from tfiqa.regression import libsvm
from tfiqa.regression import opencv_svm
from tfiqa.regression import support_vectors


def scored(seed=0, count=60):
    random = np.random.default_rng(seed)
    features = random.uniform(-3, 5, (count, 4))
    features[:, 3] = 2
    return features, np.sin(features[:, 0]) + features[:, 1]


def test_scaling_reaches_both_ends_and_drops_what_is_constant():
    features, _ = scored()
    for lower in (-1.0, 0.0):
        rows = support_vectors.fit_scaling(features, lower=lower)(features)
        np.testing.assert_allclose(rows[:, :3].min(axis=0), lower, atol=1e-12)
        np.testing.assert_allclose(rows[:, :3].max(axis=0), 1, atol=1e-12)
        np.testing.assert_array_equal(rows[:, 3], 0)


@pytest.mark.parametrize(
    ("kind", "machine"),
    [
        ("epsilon", SVR(epsilon=0.2, C=5, gamma=0.3)),
        ("nu", NuSVR(nu=0.2, C=5, gamma=0.3)),
    ],
)
def test_predictions_are_scikit_learns(kind, machine):
    features, targets = scored()
    scaling = support_vectors.fit_scaling(features)
    result = support_vectors.fit_support_vectors(
        *(features, targets),
        kind=kind,
        cost=5,
        gamma=0.3,
        tolerance=0.2,
        scaling=scaling,
    )
    unseen, _ = scored(1)
    expected = machine.fit(scaling(features), targets).predict(scaling(unseen))
    np.testing.assert_allclose(result(unseen), expected, rtol=1e-9)


MODEL = """svm_type epsilon_svr
kernel_type rbf
gamma 0.5
nr_class 2
total_sv 2
rho -3
SV
1.5 1:0.5 3:-1
-2 2:0.25
"""
RANGES = "x\n-1 1\n1 0 4\n3 -2 2\n"


def test_text_of_libsvm():
    machine = libsvm.parse_model(MODEL, 3)
    np.testing.assert_array_equal(machine.vectors, [[0.5, 0, -1], [0, 0.25, 0]])
    row = np.array([[0.5, 0.0, -1.0]])
    expected = 1.5 - 2 * np.exp(-0.5 * (0.25 + 0.0625 + 1)) + 3
    assert machine(row)[0] == pytest.approx(expected)


def test_ranges_of_libsvm():
    scaling = libsvm.parse_ranges(RANGES, 3)
    rows = np.array([[0.0, 9.0, 0.0], [4.0, 5.0, 3.0]])
    np.testing.assert_allclose(scaling(rows), [[-1, 0, 0], [1, 0, 1.5]])
    with_targets = "y\n-1 1\n0 100\n" + RANGES
    np.testing.assert_array_equal(
        libsvm.parse_ranges(with_targets, 3)(rows), scaling(rows)
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "begins with ''"),
        (MODEL.replace("epsilon_svr", "c_svc"), "svm_type c_svc"),
        (MODEL.replace("rbf", "linear"), "kernel_type linear"),
        (MODEL.replace("gamma 0.5\n", ""), "KeyError: 'gamma'"),
        (MODEL.replace("total_sv 2", "total_sv 3"), "Received: 2"),
        (MODEL.replace("3:-1", "4:-1"), "model of 3 features.*IndexError"),
        (MODEL.replace("3:-1", "3;-1"), "ValueError"),
    ],
)
def test_faults_of_a_text_model_are_named(text, named):
    with pytest.raises(ValueError, match=named):
        libsvm.parse_model(text, 3)


@pytest.mark.parametrize("text", ["", "x\n", "x\n-1 1\n1 0\n", "x\n-1 1\n4 0 1\n"])
def test_faults_of_ranges_are_named(text):
    with pytest.raises(ValueError, match="svm-scale"):
        libsvm.parse_ranges(text, 3)


YAML = """%YAML:1.0
---
opencv_ml_svm:
   format: 3
   svmType: EPS_SVR
   kernel:
      type: RBF
      gamma: 5.0000000000000000e-01
   C: 1024.
   var_count: 3
   sv_total: 2
   support_vectors:
      - [ 5.0000000e-01, 0.,
          -1. ]
      - [ 0., 2.5e-01, 0. ]
   decision_functions:
      -
         sv_count: 2
         rho: -3.
         alpha: [ 1.5, -2. ]
"""
MATRIX = """%YAML:1.0
---
range: !!opencv-matrix
   rows: 2
   cols: 3
   dt: f
   data: [ 0., 1., -2.,
       4., 1., 2. ]
"""


def test_yaml_of_opencv():
    expected = libsvm.parse_model(MODEL, 3)
    result = opencv_svm.parse_model(YAML, 3)
    for name, value in dataclasses.asdict(expected).items():
        np.testing.assert_array_equal(getattr(result, name), value)
    rows = np.array([[0.0, 9.0, 0.0], [4.0, 5.0, 3.0]])
    np.testing.assert_allclose(
        opencv_svm.parse_ranges(MATRIX, 3)(rows), [[-1, 0, 0], [1, 0, 1.5]]
    )


def test_coefficients_of_opencv_may_name_their_vectors():
    swapped = YAML.rstrip() + "\n         index: [ 1, 0 ]\n"
    machine = opencv_svm.parse_model(swapped, 3)
    np.testing.assert_array_equal(machine.vectors[0], [0, 0.25, 0])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("%YAML:1.0", "svmType None"),
        (YAML.replace("RBF", "LINEAR"), "kernel LINEAR"),
        (YAML.replace("0., 2.5e-01, 0.", "0., 0."), r"2 of \[2, 3\]"),
        (YAML.replace("1.5, -2.", "1.5"), "1 for 2"),
        (YAML.replace("rho", "bias"), "`rho`"),
        (YAML.replace("alpha", "beta"), "`alpha`"),
    ],
)
def test_faults_of_yaml_are_named(text, named):
    with pytest.raises(ValueError, match=named):
        opencv_svm.parse_model(text, 3)


def test_ranges_of_another_length_are_named():
    with pytest.raises(ValueError, match="Received: 6 numbers"):
        opencv_svm.parse_ranges(MATRIX, 36)
