"""Tests of vectors of length one."""

import numpy as np
from keras import ops

from tfiqa.layers import unit_norm


def test_lengths():
    vectors = np.array([[3.0, 4.0], [0.0, 0.0], [3e-9, 4e-9]], "float32")
    result = ops.convert_to_numpy(unit_norm(vectors))
    np.testing.assert_allclose(result, [[0.6, 0.8], [0, 0], [0.6, 0.8]], rtol=1e-5)
