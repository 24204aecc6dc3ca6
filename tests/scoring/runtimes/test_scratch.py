"""What memory is used again, and what is not."""

import threading

import numpy as np

from tfiqa.scoring.runtimes import scratch as module
from tfiqa.scoring.runtimes.scratch import Scratch


def test_memory_is_used_again_where_it_suffices():
    scratch = Scratch()
    first = scratch.array("a", (4, 5))
    assert np.shares_memory(first, scratch.array("a", (2, 3)))
    assert not np.shares_memory(first, scratch.array("b", (4, 5)))
    assert scratch.array("a", (9, 9)).shape == (9, 9)
    assert scratch.array("c", (2, 3), np.float32).dtype == np.float32


def test_large_arrays_are_not_kept(monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 80)
    scratch = Scratch()
    large, small = scratch.array("a", (11,)), scratch.array("a", (10,))
    assert not np.shares_memory(large, scratch.array("a", (11,)))
    assert np.shares_memory(small, scratch.array("a", (10,)))


def test_threads_do_not_share_memory():
    scratch, others = Scratch(), []
    own = scratch.array("a", (3,))
    thread = threading.Thread(target=lambda: others.append(scratch.array("a", (3,))))
    thread.start()
    thread.join()
    assert not np.shares_memory(own, others[0])
