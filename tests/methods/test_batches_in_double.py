"""Batches of scorers that compute in double precision, on JAX.

JAX has double precision on request alone, so `test_contract.py` leaves them out there.
"""

import keras
import pytest

from tests.methods.test_contract import DOUBLE
from tests.methods.test_contract import check_batches
from tests.support.tiny_scorers import tiny_scorer

# Those that train or compile for long.
LONG = ("cornia", "dipiq", "hosa", "ilniqe")

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="`test_contract.py` has them"
)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name in LONG else [])
        for name in DOUBLE
    ],
)
def test_a_score_does_not_depend_on_the_batch(name, tmp_path):
    import jax

    with jax.enable_x64(True):
        check_batches(tiny_scorer(name, tmp_path))
