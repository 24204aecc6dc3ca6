"""Tests of what is said where double precision is missing."""

import pytest

from tfiqa.layers.niqe_features import NIQEFeatures
from tfiqa.layers.precision import check_precision
from tfiqa.layers.precision import double


def test_double_precision_is_there_or_asked_for():
    check_precision("float32")
    if double() == "float64":
        check_precision("float64")
        return
    with pytest.raises(ValueError, match=r"JAX_ENABLE_X64=1.*would become float32"):
        NIQEFeatures()
