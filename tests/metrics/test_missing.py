"""Tests of the counting of what is missing."""

import numpy as np
import pytest

from tfiqa.metrics import complete


def test_rows_with_nan_in_any_column_are_left_out_and_counted():
    first, second = [1, np.nan, 3, 4], [5, 6, np.nan, 8]
    result = complete(first=first, second=second)
    assert [column.tolist() for column in result.columns] == [[1, 4], [5, 8]]
    assert result.kept.tolist() == [True, False, False, True]
    assert result.missing == 2


def test_what_is_wrong_is_no_missing_value():
    with pytest.raises(ValueError, match=r"`mos`.*1 of 2 are infinite"):
        complete(scores=[1, 2], mos=[1, np.inf])
    with pytest.raises(ValueError, match=r"'scores': \(2,\), 'mos': \(3,\)"):
        complete(scores=[1, 2], mos=[1, 2, 3])
