"""The benchmark of CONTRIQUE's pipeline, as far as that it starts."""

import types

import pytest

from benchmarks import contrique as benchmark
from tfiqa.methods.contrique import drawing
from tfiqa.methods.contrique.config import Config


@pytest.mark.parametrize("traced", [False, True])
def test_it_draws_batches_with_and_without_graphs(monkeypatch, traced):
    given = types.SimpleNamespace(
        images="stream:dead_leaves/64/2", authentic_images=None, traced=traced
    )
    monkeypatch.setattr(benchmark.flags, "FLAGS", given)
    seen = []

    def distorted(picture, label, key, *, traced):
        seen.append(traced)
        return picture

    monkeypatch.setattr(drawing, "distorted", distorted)
    feed = benchmark.pipeline(Config(crop_size=32, batch_size=2))
    for _ in range(2):  # The second is of another seed.
        (first, _), labels = next(feed)
        assert first.shape == (2, 32, 32, 3)
        assert labels.shape == (2,)
    assert set(seen) == {traced}
