"""Distortions on a device: every type compiles, and gives the pixels of the CPU."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from tfiqa.distortions import BANKS
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import grouped
from tfiqa.distortions import regional
from tfiqa.distortions.single import distort_image
from tfiqa.distortions.single import kinds_of

SHAPE = (64, 80)


def scenes(count):
    """Smooth pictures with grain, uint8."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (count, 6, 6, 3)).astype("f")
    smooth = tf.image.resize(coarse, SHAPE, "bicubic").numpy()
    return np.clip(smooth + rng.normal(0, 6, smooth.shape), 0, 255).astype("uint8")


def of_bank(bank, *, tensors):
    return [name for name, row in BANKS[bank].items() if row.tensors is tensors]


@pytest.mark.parametrize("name", of_bank("kadid", tensors=True))
def test_a_type_has_the_same_pixels_on_a_device(name):
    pictures, keys = scenes(2), np.array([(7, -9), (2**31 - 1, 5)], np.int32)
    # The far steps of strong jitter take long to compile.
    row, level = DISTORTIONS[name], 1 if name == "jitter" else 4
    kernel = grouped._compiled(kinds_of("kadid").run, row, level, 2, (2, *SHAPE, 3))
    changed = kernel(tf.constant(pictures), tf.constant([1, 0]), tf.constant(keys))
    for picture, key, result in zip(pictures[::-1], keys, changed, strict=True):
        expected = distort_image(picture, row.number, level, key)
        difference = np.abs(result.numpy() - expected)
        assert difference.max() <= 1
        assert (difference > 0).mean() < 1e-3


@pytest.mark.parametrize("bank", ["kadid", "released"])
def test_what_is_said_to_stay_on_the_cpu_cannot_be_compiled(bank):
    kinds = regional.kinds_of(bank, truncated=False)
    for name in of_bank(bank, tensors=False):
        row = BANKS[bank][name]
        kernel = tf.function(
            functools.partial(kinds.run, row, 3), jit_compile=True, autograph=False
        )
        with pytest.raises(tf.errors.InvalidArgumentError, match="unsupported"):
            kernel(tf.constant(scenes(1)), tf.constant([[1, 2]]))
        assert kinds.of(name, 3) == grouped.FINISHED


def test_kinds_are_the_classes_of_a_bank():
    kinds = kinds_of("kadid")
    assert kinds.unchanged == 125
    assert kinds.of("jpeg", 2) == DISTORTIONS["jpeg"].label(2)
    rows = kinds.rows()
    assert len(rows) == 126
    assert rows[kinds.of("jpeg", 2)] == (DISTORTIONS["jpeg"], 2)
    assert rows[125] is rows[DISTORTIONS["jpeg2000"].label(1)] is None


@pytest.mark.parametrize("together", [1, 3])
@pytest.mark.parametrize("count", [1, 11])
def test_groups_give_each_job_its_own_result(together, count):
    """A toy type adds its level and its key, so that results name their jobs."""

    def run(row, level, images, keys):
        return images + tf.cast(10 * level + keys[:, :1, None, None], tf.uint8)

    bank = {"mean_shift": DISTORTIONS["mean_shift"]}
    kinds = grouped.Kinds(bank, run)
    rng = np.random.default_rng(count)
    choices = [grouped.FINISHED, kinds.unchanged] + [
        kinds.of("mean_shift", level) for level in (1, 2, 5)
    ]
    jobs = {
        "sources": rng.integers(0, 4, count, np.int32),
        "kinds": rng.choice(choices, count).astype(np.int32),
        "keys": rng.integers(0, 9, (count, 2), np.int32),
        "details": (rng.integers(0, 5, count, np.int32),),
    }
    images = rng.integers(0, 100, (4, 6, 8, 3), np.uint8)
    finished = rng.integers(0, 255, (count, 2, 3), np.uint8)

    def corner(pixels, number):
        return pixels[:, :2, 0] + tf.cast(number, tf.uint8)[:, None, None]

    result = grouped.distort_grouped(
        tf.constant(images),
        grouped.Jobs(**tf.nest.map_structure(tf.constant, jobs)),
        tf.constant(finished),
        kinds=kinds,
        finish=corner,
        together=together,
    )
    expected = []
    for index in range(count):
        kind = jobs["kinds"][index]
        if kind == grouped.FINISHED:
            expected.append(finished[index])
            continue
        pixels = images[jobs["sources"][index]][:2, 0] + jobs["details"][0][index]
        if kind != kinds.unchanged:
            pixels = pixels + 10 * (kind % 5 + 1) + jobs["keys"][index, 0]
        expected.append(pixels)
    np.testing.assert_array_equal(result, expected)
