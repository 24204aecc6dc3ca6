"""Tests of the versions of a scene."""

import numpy as np
import pytest
import tensorflow as tf

from tfiqa import distortions
from tfiqa import synthetic
from tfiqa.synthetic import versions as module
from tfiqa.synthetic.versions import versions

SCENE = synthetic.dead_leaves(0, 64)
# Types that are quick and do not draw, so that they can be found again.
BANK = {
    name: distortions.DISTORTIONS[name]
    for name in ("darken", "brighten", "saturation_lab", "pixelate")
}


def known():
    """Returns every distorted version of the scene, by type and level."""
    result = {}
    for name in BANK:
        for level in range(1, 6):
            changed = distortions.distort(SCENE[None], name, level, [0, 0], bank=BANK)
            result[name, level] = np.floor(changed[0].numpy() + 0.5).astype(np.uint8)
    return result


def named(picture, table):
    return next(key for key, known in table.items() if np.array_equal(known, picture))


@pytest.mark.parametrize("types", ["one", "any"])
def test_versions_are_distinct_distortions_of_the_scene(types):
    table = known()
    seen = set()
    for seed in range(6):
        stack = versions(
            tf.constant(SCENE), [1, seed], count=4, types=types, bank=BANK
        ).numpy()
        np.testing.assert_array_equal(stack[0], SCENE)
        chosen = [named(picture, table) for picture in stack[1:]]
        assert len(set(chosen)) == 3
        if types == "one":
            assert len({name for name, _ in chosen}) == 1
        seen |= set(chosen)
    assert len(seen) > 6
    assert len({name for name, _ in seen}) > 1


def test_equal_keys_give_equal_versions_in_a_pipeline():
    eager = versions(tf.constant(SCENE), [7, 2]).numpy()
    data = tf.data.Dataset.from_tensors(SCENE).map(lambda s: versions(s, [7, 2]))
    np.testing.assert_array_equal(next(iter(data)).numpy(), eager)


def test_no_version_is_the_scene_again():
    """Level 1 of saturation in Lab has the pixels of the scene."""
    few = {"saturation_lab": BANK["saturation_lab"]}
    table = known()
    np.testing.assert_allclose(table["saturation_lab", 1], SCENE.astype(int), atol=1)
    for types in ("one", "any"):
        stack = versions(tf.constant(SCENE), [1, 2], count=5, types=types, bank=few)
        chosen = {named(picture, table) for picture in stack[1:].numpy()}
        assert chosen == {("saturation_lab", level) for level in (2, 3, 4, 5)}
        with pytest.raises(ValueError, match=r"From 2 to 5 .* Received: 6"):
            versions(tf.constant(SCENE), [1, 2], count=6, types=types, bank=few)
    # With all five levels, the type is one of those whose levels all differ.
    for seed in range(8):
        stack = versions(tf.constant(SCENE), [5, seed], count=6, bank=BANK).numpy()
        names = {named(picture, table)[0] for picture in stack[1:]}
        assert names < {"darken", "brighten", "pixelate"}


def test_too_many_versions_are_refused():
    with pytest.raises(ValueError, match=r"2 to 6.*Received: 7"):
        module.check_count(7, "one")
    module.check_count(122, "any")
    with pytest.raises(ValueError, match=r"2 to 122.*Received: 123"):
        module.check_count(123, "any")
    with pytest.raises(ValueError, match="types='two'"):
        module.check_count(4, "two")
