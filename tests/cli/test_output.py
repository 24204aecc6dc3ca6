"""Tests of outputs that killed runs left."""

import pytest

from tfiqa.cli.layout import Layout
from tfiqa.cli.output import ClaimError
from tfiqa.cli.output import claimed

SETTINGS = {"model": "niqe"}


def test_a_partial_file_without_rows_needs_no_settings(tmp_path):
    (tmp_path / "x.csv.partial").touch()
    with claimed(tmp_path / "x.csv", SETTINGS, Layout(), resume=True) as target:
        assert not target.resume
    assert (tmp_path / "x.csv.partial.json").exists()


def test_rows_without_settings_are_not_resumed(tmp_path):
    (tmp_path / "x.csv.partial").write_text("path,score\n")
    with (
        pytest.raises(ClaimError, match="none recorded"),
        claimed(tmp_path / "x.csv", SETTINGS, Layout(), resume=True),
    ):
        pass
