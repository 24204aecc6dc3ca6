"""Tests of interpreters that threads share, on one that counts its users."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tfiqa.scoring.runtimes import interpreters

THREADS = 4


@pytest.fixture
def made(monkeypatch):
    """The interpreters made so far; each doubles `x`, and fails below 0."""
    made = []

    class Interpreter:
        def __init__(self, model_content, num_threads):
            assert num_threads == 1
            self.users = threading.Semaphore(1)
            made.append(self)

        def get_signature_runner(self, name):
            return self.run

        def run(self, x):
            assert self.users.acquire(blocking=False), "two threads at once"
            threading.Event().wait(0.01)
            if x < 0:
                raise RuntimeError(x)
            self.users.release()
            return {"y": 2 * x}

    monkeypatch.setattr(interpreters, "interpreter_class", lambda: Interpreter)
    return made


def test_threads_that_start_together_all_get_their_result(made, capfd):
    shared = interpreters.Interpreters(b"", "s")
    start = threading.Barrier(THREADS)

    def task(number):
        start.wait()
        return [shared.run(x=number + step)["y"] for step in (0, 10)]

    with ThreadPoolExecutor(THREADS) as threads:
        results = list(threads.map(task, range(THREADS)))
    assert results == [[2 * n, 2 * n + 20] for n in range(THREADS)]
    assert 1 <= len(made) <= THREADS
    assert capfd.readouterr().err == ""


def test_one_interpreter_serves_calls_one_after_another(made):
    shared = interpreters.Interpreters(b"", "s")
    with shared.one():
        pass
    assert [shared.run(x=n)["y"] for n in range(3)] == [0, 2, 4]
    assert len(made) == 1


def test_an_interpreter_that_failed_is_not_used_again(made):
    shared = interpreters.Interpreters(b"", "s")
    with pytest.raises(RuntimeError):
        shared.run(x=-1)
    assert shared.run(x=3) == {"y": 6}
    assert len(made) == 2
