"""Tests of the exit statuses."""

import pytest

from tfiqa.cli.status import PRECEDENCE
from tfiqa.cli.status import Status
from tfiqa.cli.status import combined
from tfiqa.cli.status import of_counts


@pytest.mark.parametrize(
    ("done", "total", "status"), [(0, 0, 1), (0, 3, 1), (2, 3, 3), (3, 3, 0)]
)
def test_batches(done, total, status):
    assert of_counts(done, total) == status


def test_the_gravest_status_outweighs_the_others():
    assert [int(status) for status in PRECEDENCE] == [70, 2, 1, 3, 4, 0]
    assert set(PRECEDENCE) == set(Status)
    assert combined([Status.OK, Status.BELOW, Status.SOME]) == 3
    assert combined([]) == 0
