"""Tests of what stays of an evaluation when parts of it fail."""

import pytest

from tfiqa.evaluation.results import EvaluationResults


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("too small"), "Not measured: split, live: too small"),
        (MemoryError("8 GB"), "Not measured: split, live: MemoryError: 8 GB"),
        (KeyError("mos"), "Not measured: split, live: KeyError: 'mos'"),
    ],
)
def test_errors_become_lines(error, message, capsys):
    results = EvaluationResults()
    results.hint("before")
    with results.attempt("split", "live"):
        raise error
    with results.attempt("gmad"):
        results.hint("after")

    assert results.messages == ["before", "after", message]
    unforeseen = not isinstance(error, ValueError)
    assert ("Traceback" in capsys.readouterr().err) == unforeseen


def test_a_user_can_still_end_it():
    with pytest.raises(KeyboardInterrupt), EvaluationResults().attempt("split"):
        raise KeyboardInterrupt
