"""Tests of the Keras metrics over whole epochs, against the functions on arrays."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import ops

from tests.support import forked
from tfiqa import metrics

FUNCTIONS = {
    metrics.SROCC: metrics.srocc,
    metrics.PLCC: metrics.plcc,
    metrics.KROCC: metrics.krocc,
}
FOLDER = Path(__file__).parent


@pytest.fixture(params=FUNCTIONS, ids=lambda metric: metric.__name__)
def kind(request):
    return request.param


def values(count, seed=0):
    """Scores with ties, and noisy predictions of them, `(count,)` each."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 8, count).astype("float32")
    return scores, (scores + rng.normal(0, 3, count)).astype("float32")


def test_batches_of_any_size_and_shape_are_one_epoch(kind):
    scores, predictions = values(23)
    metric = kind(capacity=23)
    for rows in (slice(0, 9), slice(9, 10), slice(10, 23)):
        metric.update_state(scores[rows, None], predictions[rows])
    expected = FUNCTIONS[kind](predictions, scores)
    assert metric.result() == pytest.approx(expected, abs=1e-6)


def test_a_new_epoch_begins_with_nothing(kind):
    metric = kind(capacity=30)
    metric.update_state(*values(30, seed=1))
    metric.reset_state()
    assert np.isnan(metric.result())
    scores, predictions = values(12, seed=2)
    metric.update_state(scores, predictions)
    expected = FUNCTIONS[kind](predictions, scores)
    assert metric.result() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("jit", [False, True])
def test_the_log_of_fit_and_evaluate_is_the_correlation_of_the_epoch(kind, jit):
    scores, inputs = values(50)
    images = keras.Input((1,))
    line = keras.layers.Dense(1, kernel_initializer="ones")
    model = keras.Model(images, line(images))
    metric = kind(capacity=64)
    model.compile(
        keras.optimizers.SGD(0.0),
        "mean_absolute_error",
        metrics=[metric],
        jit_compile=jit,
    )
    expected = FUNCTIONS[kind](inputs, scores)
    log = model.fit(
        *(inputs[:, None], scores),
        batch_size=16,  # The last batch is smaller.
        epochs=2,
        validation_data=(-inputs[:, None], scores),
        verbose=0,
    ).history
    assert log[metric.name] == pytest.approx([expected] * 2, abs=1e-6)
    assert log[f"val_{metric.name}"] == pytest.approx([-expected] * 2, abs=1e-6)
    found = model.evaluate(inputs[:, None], scores, verbose=0, return_dict=True)
    assert found[metric.name] == pytest.approx(expected, abs=1e-6)


def test_more_values_than_there_is_room_for_are_an_error(kind):
    metric = kind(capacity=10)
    metric.update_state(*values(8))
    metric.update_state(*values(3))
    with pytest.raises(ValueError, match=r"at least 11, .*capacity=10"):
        metric.result()
    metric.reset_state()
    metric.update_state(*values(10))
    assert np.isfinite(metric.result())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("place", [0, 1])
def test_values_that_are_not_finite_give_nan(kind, bad, place):
    metric = kind()
    pair = values(9)
    pair[place][4] = bad
    metric.update_state(*pair)
    assert np.isnan(metric.result())


def test_equal_predictions_give_nan(kind):
    metric = kind()
    metric.update_state(values(9)[0], np.ones(9))
    assert np.isnan(metric.result())


def test_weights_are_refused(kind):
    with pytest.raises(ValueError, match="not in `weighted_metrics`"):
        kind().update_state(*values(4), sample_weight=np.ones(4))


def test_sizes_that_differ_are_refused(kind):
    with pytest.raises(ValueError, match="4 and 3 values"):
        kind().update_state(np.ones(4), np.ones(3))


@pytest.mark.parametrize("capacity", [1, (1 << 24) + 1])
def test_capacities_that_cannot_be_are_refused(kind, capacity):
    with pytest.raises(ValueError, match=f"capacity={capacity}"):
        kind(capacity=capacity)


def test_survives_serialization(kind):
    metric = kind(capacity=77, name="agreement")
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert type(again) is kind
    assert (again.capacity, again.name) == (77, "agreement")
    stored = keras.saving.serialize_keras_object(metric)
    assert stored["registered_name"] == f"tfiqa>{kind.__name__}"


def test_functions_need_no_keras():
    code = "from tfiqa.metrics import srocc; assert srocc([1, 2, 3], [1, 3, 9]) > 0.9; "
    code += "assert 'keras' not in sys.modules"
    folder = FOLDER.parents[1] / "tfiqa" / "metrics"
    # The package itself, without what `import tfiqa` brings.
    prelude = (
        "import sys, types; face = types.ModuleType('tfiqa'); "
        f"face.__path__ = [{str(folder.parent)!r}]; sys.modules['tfiqa'] = face; "
    )
    subprocess.run([sys.executable, "-c", prelude + code], check=True, timeout=100)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="strategies are TensorFlow's"
)
def test_two_replicas_share_an_epoch():
    done = forked.run(FOLDER / "correlation_replicas.py")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for name, (logged, expected) in found["logs"].items():
        assert logged == pytest.approx([expected] * 2, abs=1e-6), name
    assert found["log of a value too many"] is None
    assert "capacity=10" in found["error"]


def test_traced_results_are_zero(kind):
    metric = kind()
    metric.update_state(*values(9))
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        traced = tf.function(metric.result)()
    else:
        import jax

        traced = jax.jit(metric.stateless_result)([v.value for v in metric.variables])
    assert float(ops.convert_to_numpy(traced)) == 0
    assert metric.result() != 0
