"""Tests of the cut of a batch: what it promises, over many batches."""

import itertools

import pytest

from tfiqa.config.cuts import Cut
from tfiqa.config.cuts import cut


@pytest.mark.parametrize("replicas", [1, 2, 8])
def test_parts_are_equal_and_groups_stay_whole(replicas):
    for rows, most, groups in itertools.product(
        (256, 512, 15168), (16, 90, 512), (1, 8)
    ):
        result = cut(rows, most, replicas=replicas, bn_groups=groups)
        assert result.rows == rows // replicas
        assert result.rows % result.part == 0
        assert most / 2 <= result.part <= most or result.part == result.rows < most
        assert result.part % result.group == 0
        largest = rows // max(groups, replicas)
        assert result.group == min(largest, result.part)


def test_groups_do_not_depend_on_the_number_of_devices():
    sizes = {cut(256, replicas=r, bn_groups=8).group for r in (1, 2, 4, 8)}
    assert sizes == {32}
    assert cut(256, replicas=16, bn_groups=8).group == 16


def test_without_a_micro_batch_nothing_is_cut():
    whole = cut(630)
    assert whole == Cut(630, 630, 630) == cut(630, 630)
    assert whole.micro_batch is None
    assert whole.bn_group is None
    assert whole.describe() == ""


def test_people_are_told():
    line = cut(15168, 100, replicas=8).describe()
    assert "1,896 crops" in line
    assert "24 parts of 79" in line
    assert "over 79" in line
    line = cut(256, bn_groups=8).describe()
    assert "parts" not in line
    assert "over 32" in line


def test_impossible_cuts_name_possible_ones():
    with pytest.raises(ValueError, match=r"micro_batch=2 .*micro_batch=131.*=100"):
        cut(262, 100)
    with pytest.raises(ValueError, match=r"260 crops.*bn_groups=8"):
        cut(260, bn_groups=8)
    with pytest.raises(ValueError, match=r"content_bn_groups.* 4 devices.*bn_groups=6"):
        cut(240, replicas=4, bn_groups=6, prefix="content_")
