"""Several distortions of one picture: what is drawn, and the sets that name it."""

import collections
import dataclasses

import numpy as np
import tensorflow as tf

from tests.support.toy_source import toy_source
from tfiqa import distortions
from tfiqa.data import images
from tfiqa.methods.contrique import METHOD
from tfiqa.methods.contrique import batches as pipelines
from tfiqa.methods.contrique import composed
from tfiqa.methods.contrique.config import Config

SIZE = 32
CONFIG = Config(crop_size=SIZE, batch_size=6, versions_per_epoch=2, versions=2)
ROWS = {row.number: row for row in distortions.DISTORTIONS.values()}


def test_steps_are_of_different_groups_and_all_counts_are_equally_likely():
    rng = np.random.default_rng(0)
    drawn = [composed.draw_steps(64, 3, rng) for _ in range(3000)]
    counts = collections.Counter(map(len, drawn))
    assert counts.keys() == {0, 1, 2, 3}
    assert 5 < counts[0] < 60  # 3000 / 122 are 25.
    assert max(abs(counts[count] - 992) for count in (1, 2, 3)) < 130
    for steps in drawn:
        groups = [ROWS[number].group for number, _ in steps]
        assert len(set(groups)) == len(groups)
    singles = [steps[0] for steps in drawn if len(steps) == 1]
    seen = {label for pair in singles for label in [tuple(pair)]}
    # No level that equals its source, and nearly all of the others.
    assert not seen & {(1, 1), (3, 1), (8, 1), (18, 3)}
    assert len(seen) > 110


def test_small_pictures_have_fewer_types():
    rng = np.random.default_rng(0)
    numbers = {n for _ in range(300) for n, _ in composed.draw_steps(20, 2, rng)}
    assert numbers.isdisjoint({20, 23})


def test_a_picture_is_distorted_step_by_step():
    """Each step on the pixels of the last, of which nothing is drawn."""
    picture = np.random.default_rng(0).integers(0, 256, (40, 44, 3), np.uint8)
    steps = ((17, 4), (1, 3), (25, 5))
    result = composed.of_steps(picture, steps, np.random.default_rng(1))
    expected = picture[None].astype(np.float32)
    for number, level in steps:
        expected = np.asarray(distortions.distort(expected, number, level, (0, 0)))
    np.testing.assert_array_equal(result, np.floor(expected[0] + 0.5))
    other = composed.of_steps(picture, steps[::-1], np.random.default_rng(1))
    assert (other != result).any()
    assert composed.of_steps(picture, (), np.random.default_rng(1)) is picture


def test_sets_name_types_and_levels():
    assert composed.label_of(((2, 1), (25, 5)), 3).tolist() == [5, 124, -1]
    assert composed.label_of((), 2).tolist() == [125, -1]


def test_batches_have_sets_and_authentic_pictures_share_nothing(monkeypatch):
    monkeypatch.setattr(composed, "of_steps", lambda picture, steps, rng: picture)
    config = dataclasses.replace(CONFIG, sequence=3)
    scenes, others = (images.of_source(toy_source(count)) for count in (6, 7))
    batches = list(
        pipelines.batches(
            scenes, others, config, seed=0, epochs=range(2)
        ).as_numpy_iterator()
    )
    assert len(batches) == 2 * pipelines.steps_per_epoch(scenes, others, config) == 4
    for (first, second), labels in batches:
        assert first.shape == second.shape == (6, SIZE, SIZE, 3)
        assert labels.dtype == np.int32
        assert labels.shape == (6, 3)
        assert (labels[::2] <= 125).all()
        assert (labels[1::2, 1:] == -1).all()
        assert labels[1::2, 0].min() >= 126
        assert len(set(labels[1::2, 0].tolist())) == 3
        # Two versions of a scene have different sets.
        assert set(labels[0].tolist()) != set(labels[2].tolist())
    again = pipelines.batches(scenes, others, config, seed=0, epochs=range(1, 2))
    for result, expected in zip(again.as_numpy_iterator(), batches[2:], strict=True):
        for one, two in zip(
            tf.nest.flatten(result), tf.nest.flatten(expected), strict=True
        ):
            np.testing.assert_array_equal(one, two)


def test_the_recipe_has_sets_of_three():
    config = METHOD.configured("composed")
    assert config.sequence == 3
    assert config.contrast["sets"]
    assert METHOD.authentic_images_for("composed") == "none"
    assert not METHOD.configured("mixed").contrast["sets"]
