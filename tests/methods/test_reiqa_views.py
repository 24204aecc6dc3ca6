"""Pairs of crops: the laws of their offsets, their windows, and the half scale."""

import collections

import numpy as np
import pytest
from PIL import Image

from tfiqa.distortions.regions import Box
from tfiqa.methods.reiqa import views
from tfiqa.methods.reiqa.config import Config
from tfiqa.methods.reiqa.scales import FULL
from tfiqa.methods.reiqa.scales import HALVES
from tfiqa.methods.reiqa.views import draw_pair

SIZE = 160
OVERLAP = (0.1, 0.3)
DRAWS = 4000


def offsets(law):
    rng = np.random.default_rng(0)
    drawn = [law(rng, size=SIZE, overlap=OVERLAP) for _ in range(DRAWS)]
    return np.array(drawn)


def shares(drawn):
    return np.prod(SIZE - np.abs(drawn), axis=1) / SIZE**2


def noise(height, width, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), np.uint8)


def places(height, width):
    """Returns a picture whose pixels hold their row and column, from 1."""
    rows, columns = np.mgrid[1 : height + 1, 1 : width + 1]
    return np.stack([rows, columns, rows * 0], axis=-1).astype(np.int32)


def test_free_offsets_have_no_direction():
    drawn = offsets(views.free_offset)
    quadrants = collections.Counter(map(tuple, np.sign(drawn).tolist()))
    both = [quadrants[signs] for signs in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    assert max(abs(count - DRAWS / 4) for count in both) < 5 * (DRAWS * 3 / 16) ** 0.5
    rows, columns = np.abs(drawn).T
    steeper = np.mean(rows > columns) - np.mean(columns > rows)
    assert abs(steeper) < 5 / DRAWS**0.5
    for quantile in (0.1, 0.5, 0.9):
        assert abs(np.quantile(rows, quantile) - np.quantile(columns, quantile)) < 12


def test_free_overlaps_are_uniform_between_their_bounds():
    drawn = offsets(views.free_offset)
    result = shares(drawn)
    assert OVERLAP[0] <= result.min() < 0.102
    assert 0.298 < result.max() <= OVERLAP[1]
    bins = np.histogram(result, bins=10, range=OVERLAP)[0]
    assert max(abs(bins - DRAWS / 10)) < 5 * (DRAWS * 0.09) ** 0.5
    # Given the overlap, its height is uniform in its logarithm.
    along = np.log(1 - np.abs(drawn[:, 0]) / SIZE) / np.log(result)
    bins = np.histogram(along, bins=5, range=(0, 1))[0]
    assert max(abs(bins - DRAWS / 5)) < 6 * (DRAWS * 0.16) ** 0.5


def test_released_offsets_follow_the_released_law():
    drawn = offsets(views.released_offset)
    down, right = drawn.T
    assert (down.min(), down.max()) == (112, 143)
    assert right.min() == 0
    assert 95 <= right.max() <= 105
    # Moments of the law, and five of their standard errors.
    assert abs(down.mean() - 127.5) < 5 * 9.2 / DRAWS**0.5
    assert abs(right.mean() - 36.1) < 5 * 25 / DRAWS**0.5
    result = shares(drawn)
    assert 0.10078 <= result.min() < 0.102
    assert 0.29 < result.max() <= 0.3
    assert abs(result.mean() - 0.1525) < 5 * 0.05 / DRAWS**0.5


def test_the_bounds_of_released_columns():
    ends = {112: 105, 143: 8}  # The last column of the first and last row.
    for down, last in ends.items():
        chosen = [down, last]
        assert shares(np.array([chosen]))[0] >= OVERLAP[0]
        assert shares(np.array([[down, last + 2]]))[0] < OVERLAP[0]

    class Largest:
        def integers(self, low, high):
            return high - 1

    assert views.released_offset(Largest(), size=SIZE, overlap=OVERLAP) == (143, 8)


@pytest.mark.parametrize("overlap", [(0.1001, 0.1002), (0.9999, 0.99999)])
def test_overlaps_of_no_offset_are_refused(overlap):
    with pytest.raises(ValueError, match="`overlap` that some offset"):
        views.shared_lengths(32, *overlap)


@pytest.mark.parametrize("overlap", [(0.001, 0.002), (0.3, 0.301), (0.995, 0.999)])
def test_overlaps_that_the_released_law_never_has_are_refused(overlap):
    with pytest.raises(ValueError, match=r"`overlap` .*released law.*size=160"):
        Config(offsets="released", overlap=overlap)


@pytest.mark.parametrize(
    ("size", "overlap"),
    [(32, OVERLAP), (96, OVERLAP), (160, (0.5, 0.51)), (96, (0.02, 0.9))],
)
def test_released_overlaps_are_within_a_row_of_their_bounds(size, overlap):
    Config(offsets="released", overlap=overlap, patch_size=size)
    rng = np.random.default_rng(0)
    drawn = [views.released_offset(rng, size=size, overlap=overlap) for _ in range(500)]
    result = np.prod(size - np.array(drawn), axis=1) / size**2
    assert overlap[0] <= result.min()
    assert result.max() <= overlap[1] + 1 / size


@pytest.mark.parametrize("offsets", ["free", "released"])
@pytest.mark.parametrize("sides", [(75, 90), (400, 64), (33, 50), (12, 300)])
def test_crops_are_those_of_one_window_at_their_offset(offsets, sides):
    picture = places(*sides)
    for seed in range(20):
        pair = draw_pair(
            *sides,
            np.random.default_rng(seed),
            size=32,
            overlap=(0.1, 0.4),
            offsets=offsets,
        )
        assert {-1} - {*pair.rows, *pair.columns} == {-1}  # No black bars.
        box = pair.box()
        window = pair.window(box.of(picture), box)
        side = 32 + max(abs(pair.down), abs(pair.right))
        if offsets == "free":
            expected = (32 + abs(pair.down), 32 + abs(pair.right), 3)
        else:
            expected = (side, side, 3)
        assert window.shape == expected
        # Neighbours are neighbours in the picture too: there are no seams.
        assert np.abs(np.diff(window[:, 0, 0])).max() == 1
        assert np.abs(np.diff(window[0, :, 1])).max() == 1
        first, second = pair.crops(window)
        assert first.shape == second.shape == (32, 32, 3)
        tops, lefts = max(pair.down, 0), max(pair.right, 0)
        down, right = max(-pair.down, 0), max(-pair.right, 0)
        np.testing.assert_array_equal(second[0, 0], window[tops, lefts])
        np.testing.assert_array_equal(first[0, 0], window[down, right])


def test_windows_reach_everywhere_equally():
    tops = [
        int(
            draw_pair(70, 90, np.random.default_rng(s), size=32, overlap=(0.1, 0.3))
            .box()
            .top
        )
        for s in range(300)
    ]
    assert min(tops) == 0
    short = [
        draw_pair(40, 400, np.random.default_rng(s), size=32, overlap=(0.1, 0.3)).rows
        for s in range(100)
    ]
    # A short picture is continued at the top, at the bottom, or at both ends.
    assert {0, 1, 2} <= {int(np.sum(np.diff(np.sign(np.diff(r))) != 0)) for r in short}


@pytest.mark.parametrize(("side", "length", "before"), [(30, 40, 5), (31, 40, 4)])
def test_short_pictures_stand_in_black_as_released(side, length, before):
    rows = views._in_the_middle(side, length, np.random.default_rng())
    assert (rows[:before] == views.BLACK).all()
    assert (rows[before + side :] == views.BLACK).all()
    np.testing.assert_array_equal(rows[before : before + side], np.arange(side))


@pytest.mark.parametrize(("side", "start"), [(44, 2), (45, 2), (47, 4), (49, 4)])
def test_long_sides_are_cut_in_the_middle_as_released(side, start):
    # Half to even: 2.5 is 2 and 3.5 is 4.
    rows = views._in_the_middle(side, 40, np.random.default_rng())
    assert rows[0] == start


def test_released_pictures_that_are_short_on_one_side_are_not_cut_at_random():
    pairs = [
        draw_pair(
            40,
            400,
            np.random.default_rng(seed),
            size=32,
            overlap=(0.1, 0.3),
            offsets="released",
            small="released",
        )
        for seed in range(5)
    ]
    for pair in pairs:
        length = len(pair.columns)
        assert pair.columns[0] == round((400 - length) / 2)
        picture = np.full((40, 400, 3), 7)
        window = pair.window(pair.box().of(picture), pair.box())
        assert (window == 0).any()
        assert (window == 7).any()


def test_the_released_exchange_is_wrong_where_crops_overlap():
    rng = np.random.default_rng(0)
    size, down, right = 16, 11, 3
    window = rng.random((size + down, size + down, 3))
    a, b = window[:size, :size].copy(), window[down:, right : right + size].copy()
    first, second = window[:size, :size], window[down:, right : right + size]
    views.exchange_as_released(first, second)
    rows, columns = size - down, size - right
    expected = b.copy()
    expected[:rows, :columns] += b[down:, right:]
    expected[down:, right:] = a[:rows, :columns] - b[down:, right:] - a[down:, right:]
    np.testing.assert_allclose(first, expected, atol=1e-12)
    other = a.copy()
    other[:rows, :columns] = expected[down:, right:]
    np.testing.assert_allclose(second, other, atol=1e-12)


@pytest.mark.parametrize("half", ["pillow", "released"])
@pytest.mark.parametrize("sides", [(64, 90), (63, 91), (41, 40)])
def test_parts_of_a_half_are_those_of_the_whole_half(half, sides):
    picture, scale = noise(*sides), HALVES[half]
    height, width = scale.sides(*sides)
    assert (height, width) == (sides[0] // 2, sides[1] // 2)

    def part(box):
        source = scale.source(box, *sides)
        return scale.part(box, source, source.of(picture), *sides)

    whole = part(Box(0, 0, height, width))
    assert whole.shape == (height, width, 3)
    for box in (Box(3, 5, 9, 11), Box(0, 0, 1, 1), Box(height - 7, width - 4, 7, 4)):
        np.testing.assert_array_equal(part(box), box.of(whole))
        source = scale.source(box, *sides)
        assert source.height <= 2 * box.height + 8


def test_the_default_half_is_that_of_pillow():
    picture = noise(50, 64)
    scale, box = HALVES["pillow"], Box(0, 0, 25, 32)
    result = scale.part(box, Box(0, 0, 50, 64), picture, 50, 64)
    expected = Image.fromarray(picture).resize((32, 25), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(result, np.asarray(expected))


def test_the_released_half_reaches_from_corner_to_corner():
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (11, 16, 3), np.uint8)
    scale, box = HALVES["released"], Box(0, 0, 5, 8)
    result = scale.part(box, Box(0, 0, 11, 16), picture, 11, 16)
    np.testing.assert_allclose(result[0, 0], picture[0, 0], atol=1e-4)
    np.testing.assert_allclose(result[-1, -1], picture[-1, -1], atol=1e-4)
    # Row 1 of 5 lies at 2.5 of 11: four taps of the cubic of -3/4 at half a sample.
    taps = np.array([-0.09375, 0.59375, 0.59375, -0.09375])
    np.testing.assert_allclose(
        result[1, 0], np.tensordot(taps, picture[1:5, 0], 1), atol=1e-3
    )
    assert result.dtype == np.float32


def test_full_scale_is_the_picture():
    picture, box = noise(20, 30), Box(2, 3, 4, 5)
    assert FULL.source(box, 20, 30) == box
    np.testing.assert_array_equal(
        FULL.part(box, box, box.of(picture), 20, 30), box.of(picture)
    )
