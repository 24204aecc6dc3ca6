"""Tests of the folding of indices against padding by NumPy."""

import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfiqa.pixels.reflection import mirrored
from tfiqa.pixels.reflection import reflected

MARGIN = 12


@pytest.mark.parametrize("backend", [np, tf, ops])
@pytest.mark.parametrize("length", [1, 2, 3, 10])
@pytest.mark.parametrize(
    ("fold", "mode"), [(reflected, "reflect"), (mirrored, "symmetric")]
)
def test_is_padding_of_numpy(fold, mode, length, backend):
    indices = np.arange(-MARGIN, length + MARGIN, dtype=np.int32)
    expected = np.pad(np.arange(length), MARGIN, mode=mode)
    if backend is not np:
        indices = ops.convert_to_tensor(indices)
    result = fold(indices, length, backend)
    np.testing.assert_array_equal(np.asarray(result), expected)
