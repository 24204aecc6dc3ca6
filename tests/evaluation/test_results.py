"""Tests of what stays of an evaluation when parts of it fail."""

import pytest

from tfiqa.evaluation.results import Findings


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("too small"), "Not measured: split, live: too small"),
        (MemoryError("8 GB"), "Not measured: split, live: MemoryError: 8 GB"),
        (KeyError("mos"), "Not measured: split, live: KeyError: 'mos'"),
    ],
)
def test_errors_become_lines(error, told, capsys):
    found = Findings()
    found.hint("before")
    with found.attempt("split", "live"):
        raise error
    with found.attempt("gmad"):
        found.hint("after")

    assert found.told == ["before", "after", told]
    unforeseen = not isinstance(error, ValueError)
    assert ("Traceback" in capsys.readouterr().err) == unforeseen


def test_a_user_can_still_end_it():
    with pytest.raises(KeyboardInterrupt), Findings().attempt("split"):
        raise KeyboardInterrupt
