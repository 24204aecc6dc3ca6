"""Chunks of pictures and their distorted versions, and batches of them."""

import collections
import dataclasses

import numpy as np
import pytest
from PIL import Image

from tfiqa import distortions
from tfiqa.data.images import Images
from tfiqa.methods.reiqa import chunks
from tfiqa.methods.reiqa.batches import batches
from tfiqa.methods.reiqa.batches import steps_per_epoch
from tfiqa.methods.reiqa.chunks import chunk
from tfiqa.methods.reiqa.chunks import draw_members
from tfiqa.methods.reiqa.config import RELEASED
from tfiqa.methods.reiqa.config import Config

SIZE = 32
CONFIG = Config(expert="quality", patch_size=SIZE, n_aug=3, batch_size=2)
AS_RELEASED = dataclasses.replace(CONFIG, **RELEASED["released"])


def noise(height, width, *, seed=0):
    """Returns a smooth random picture."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (9, 9, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height)))


@pytest.fixture(scope="module")
def scenes():
    """Five pictures of 100x90 pixels."""
    pictures = [noise(100, 90, seed=seed) for seed in range(5)]
    return Images("scenes", 5, lambda seed, index: pictures[index])


@pytest.mark.parametrize("bank", ["kadid", "released"])
def test_members_differ_and_are_equally_likely(bank):
    config = dataclasses.replace(CONFIG, bank=bank, n_aug=11)
    rng = np.random.default_rng(0)
    drawn = [draw_members(config, rng) for _ in range(400)]
    names, levels = collections.Counter(), collections.Counter()
    for first, *others in drawn:
        assert first.name is None
        assert len({member.name for member in others}) == 11
        names.update(member.name for member in others)
        levels.update(member.level for member in others)
    assert names.keys() == chunks.BANKS[bank].keys()
    mean = 4400 / len(names)
    assert max(abs(count - mean) for count in names.values()) < 5 * mean**0.5
    assert sorted(levels) == [1, 2, 3, 4, 5]
    assert max(abs(count - 880) for count in levels.values()) < 5 * 880**0.5
    assert len({member.key for members in drawn for member in members}) == 4401


def slowly(picture, config, rng):
    """Makes a chunk the obvious way: distort, halve, cut, exchange."""
    members = draw_members(config, rng)
    height, width = picture.shape[:2]
    pairs = [
        chunks.draw_pair(
            height // factor, width // factor, rng, size=SIZE, overlap=config.overlap
        )
        for factor in (1, 2)
    ]
    firsts, seconds = [], []
    for factor, pair in zip((1, 2), pairs, strict=True):
        for number, member in enumerate(members):
            image = picture
            if member.name:
                image = distortions.distort(
                    picture[None],
                    member.name,
                    member.level,
                    [member.key],
                    stretch=False,
                ).numpy()[0]
                image = np.floor(image + 0.5).astype(np.uint8)
            if factor == 2:
                image = Image.fromarray(image).resize((width // 2, height // 2))
            window = np.asarray(image)[np.ix_(pair.rows, pair.columns)]
            top, left = max(-pair.down, 0), max(-pair.right, 0)
            first = window[top : top + SIZE, left : left + SIZE]
            top, left = max(pair.down, 0), max(pair.right, 0)
            second = window[top : top + SIZE, left : left + SIZE]
            upper = number < len(members) // 2
            exchanged = upper if factor == 1 else not upper
            firsts.append(second if exchanged else first)
            seconds.append(first if exchanged else second)
    return np.stack([firsts, seconds])


@pytest.mark.parametrize("sides", [(140, 120), (60, 250), (70, 52)])
def test_chunks_are_what_is_obvious(sides):
    picture = noise(*sides)
    config = dataclasses.replace(CONFIG, n_aug=4)
    result, _ = chunk(picture, config, np.random.default_rng(3))
    expected = slowly(picture, config, np.random.default_rng(3))
    assert result.dtype == np.uint8
    error = np.abs(result.astype(int) - expected)
    assert error.max() <= 1
    assert np.mean(error > 0) < 1e-3


@pytest.mark.parametrize(
    "config",
    [
        dataclasses.replace(CONFIG, n_aug=8),
        dataclasses.replace(AS_RELEASED, n_aug=8, swap="clean"),
    ],
)
def test_parts_make_the_same_chunk_as_whole_pictures(config):
    picture = noise(330, 301)
    parts, members = chunk(picture, config, np.random.default_rng(5))
    whole, _ = chunk(picture, config, np.random.default_rng(5), full_images=True)
    assert len(members) == config.n_aug + 1
    error = np.abs(parts.astype(float) - whole)
    # Rounding of sums whose order depends on the size; a level at most.
    assert error.max() <= 1.5
    assert np.mean(error > 0.01) <= 1e-4


def test_the_released_exchange_damages_the_half_scale_as_well():
    picture = noise(200, 180)
    damaged, _ = chunk(picture, AS_RELEASED, np.random.default_rng(1))
    clean = dataclasses.replace(AS_RELEASED, swap="clean")
    whole, _ = chunk(picture, clean, np.random.default_rng(1))
    none = dataclasses.replace(AS_RELEASED, swap="none")
    apart, _ = chunk(picture, none, np.random.default_rng(1))
    damaged, whole, apart = (
        crops.reshape(2, 2, 4, SIZE, SIZE, 3) for crops in (damaged, whole, apart)
    )
    # At full scale members 0 and 1 exchange, at half scale members 2 and 3.
    np.testing.assert_array_equal(whole[:, 0, :2], apart[::-1, 0, :2])
    np.testing.assert_array_equal(whole[:, 1, 2:], apart[::-1, 1, 2:])
    np.testing.assert_array_equal(whole[:, 0, 2:], apart[:, 0, 2:])
    np.testing.assert_array_equal(damaged[:, 0, 2:], apart[:, 0, 2:])
    differ = np.any(damaged != whole, axis=(0, 3, 4, 5))
    assert differ[0].tolist() == [True, True, False, False]
    assert differ[1, 2:].all()
    assert damaged.min() < 0
    assert damaged.max() > 255


@pytest.mark.parametrize("sides", [(20, 25), (16, 200)])
def test_tiny_pictures_are_continued(sides):
    crops, _ = chunk(noise(*sides), CONFIG, np.random.default_rng(0))
    assert crops.shape == (2, 8, SIZE, SIZE, 3)
    assert np.std(crops[:, ::4], axis=(2, 3)).min() > 1  # No black bars.


def test_one_scale():
    config = dataclasses.replace(CONFIG, scales=1)
    crops, _ = chunk(noise(90, 80), config, np.random.default_rng(0))
    both, _ = chunk(noise(90, 80), CONFIG, np.random.default_rng(0))
    np.testing.assert_array_equal(crops, both[:, :4])


def test_more_distortions_than_there_are_types():
    config = dataclasses.replace(CONFIG, bank="released", n_aug=26)
    object.__setattr__(config, "bank", "kadid")
    with pytest.raises(ValueError, match="`n_aug` must be at most 25"):
        draw_members(config, np.random.default_rng(0))


def test_the_released_exchange_needs_the_released_half():
    with pytest.raises(ValueError, match="only if `half` is"):
        dataclasses.replace(CONFIG, swap="released")


def test_batches_hold_chunks_member_by_member(scenes):
    dataset = batches(scenes, CONFIG, seed=4, epochs=range(1, 3))
    pairs = list(dataset.as_numpy_iterator())
    assert steps_per_epoch(scenes, CONFIG) == 2
    assert len(pairs) == dataset.cardinality() == 4
    for queries, keys, groups in pairs:
        assert groups.shape == (2 * 2 * 4,)
        for crops in (queries, keys):
            assert crops.shape == (2 * 2 * 4, SIZE, SIZE, 3)
            assert crops.dtype == np.uint8
            assert 0 <= crops.min() < crops.max() <= 255
    row = next(scenes.epoch(4, 1).as_numpy_iterator())
    rng = np.random.default_rng([4, 1, int(row["index"])])
    expected, _ = chunk(row["image"], CONFIG, rng)
    np.testing.assert_array_equal(pairs[0][0][:8], expected[0])
    np.testing.assert_array_equal(pairs[0][1][:8], expected[1])
    # A training that goes on at epoch 2 sees what it would have seen.
    later = batches(scenes, CONFIG, seed=4, epochs=range(2, 3)).as_numpy_iterator()
    for results, expected in zip(later, pairs[2:], strict=True):
        for result, before in zip(results, expected, strict=True):
            np.testing.assert_array_equal(result, before)


def test_equal_members_and_both_scales_of_a_member_are_one_group(scenes):
    """Counts pairs that are no negatives, in batches, from the pixels themselves."""
    config = dataclasses.replace(CONFIG, n_aug=11)
    pictures = {}
    for row in scenes.epoch(4, 0).as_numpy_iterator():
        pictures[int(row["index"])] = row["image"]
    counted = expected = identical = 0
    order = [int(row["index"]) for row in scenes.epoch(4, 0).as_numpy_iterator()]
    data = batches(scenes, config, seed=4, epochs=range(1)).as_numpy_iterator()
    for step, (_, _, groups) in enumerate(data):
        pixels = []
        for index in order[2 * step : 2 * step + 2]:
            members = draw_members(config, np.random.default_rng([4, 0, index]))
            image = pictures[index]
            whole = [
                chunks.Box(0, 0, *image.shape[:2]).of(image)
                if member.name is None
                else chunks.distort_regions(
                    image,
                    [chunks.Box(0, 0, *image.shape[:2])],
                    member.name,
                    member.level,
                    member.key,
                )[0]
                for member in members
            ]
            identical += sum(np.array_equal(image, other) for other in whole[1:])
            pixels += whole * 2  # Both scales show the same member.
        counted += int(np.sum(groups[:, None] == groups))
        expected += sum(np.array_equal(a, b) for a in pixels for b in pixels)
    assert counted == expected
    assert identical > 0  # Otherwise the pictures do not tell.


def test_a_third_of_the_chunks_hold_an_undistorted_copy():
    """4 of 125 levels equal their source; with 11 members, 0.35 a chunk."""
    config = dataclasses.replace(CONFIG, n_aug=11)
    rng = np.random.default_rng(0)
    counts = [
        int(np.sum(chunks.same_pixels(draw_members(config, rng), "kadid")[1:] == 0))
        for _ in range(4000)
    ]
    assert np.mean(counts) == pytest.approx(11 * 4 / 125, abs=0.03)


def test_the_released_batches_have_no_groups(scenes):
    (batch, *_) = batches(scenes, AS_RELEASED, seed=4, epochs=range(1))
    assert len(batch) == 2


def test_content_batches_are_views_of_pictures(scenes):
    config = dataclasses.replace(CONFIG, expert="content", content_batch_size=2)
    pairs = list(batches(scenes, config, seed=4, epochs=range(2)).as_numpy_iterator())
    assert len(pairs) == 4
    for queries, keys in pairs:
        assert queries.shape == keys.shape == (2, SIZE, SIZE, 3)
        assert queries.dtype == np.float32
        assert (queries != keys).any()
    (again, _), *_ = batches(
        scenes, config, seed=4, epochs=range(1, 2)
    ).as_numpy_iterator()
    np.testing.assert_array_equal(again, pairs[2][0])


def test_batches_that_cannot_be_are_refused(scenes):
    with pytest.raises(ValueError, match="`expert` must be one of quality, content"):
        batches(
            scenes,
            dataclasses.replace(CONFIG, expert="both", content_batch_size=2),
            seed=0,
            epochs=range(1),
        )
    large = dataclasses.replace(CONFIG, batch_size=6)
    with pytest.raises(ValueError, match="as many images as a batch takes, 6"):
        batches(scenes, large, seed=0, epochs=range(1))
