"""Views of pictures, and batches of them with classes."""

import collections
import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.support.toy_source import toy_source
from tfiqa import distortions
from tfiqa.data import images
from tfiqa.data.images import Images
from tfiqa.distortions.single import distort_image
from tfiqa.distortions.single import types_for_side
from tfiqa.methods.contrique import batches as module
from tfiqa.methods.contrique import drawing
from tfiqa.methods.contrique.batches import batches
from tfiqa.methods.contrique.batches import steps_per_epoch
from tfiqa.methods.contrique.config import DRAWN_CLASSES
from tfiqa.methods.contrique.config import IMAGES
from tfiqa.methods.contrique.config import QUICK
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.views import View
from tfiqa.methods.contrique.views import draw_corner
from tfiqa.methods.contrique.views import half_scale
from tfiqa.methods.contrique.views import half_scale_crop
from tfiqa.methods.contrique.views import padded_middle
from tfiqa.methods.contrique.views import two_views

SIZE = 32
CONFIG = Config(crop_size=SIZE, batch_size=8, versions_per_epoch=1)


def noise(height, width, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def scenes():
    """Twenty pictures of 70x90 pixels."""
    pictures = [noise(70, 90, seed=seed) for seed in range(20)]
    return Images("scenes", 20, lambda seed, index: pictures[index])


@pytest.mark.parametrize("shape", [(64, 90), (63, 91), (66, 64), (200, 130)])
def test_a_crop_of_half_scale_is_exact(shape):
    picture = noise(*shape)
    height, width = shape[0] // 2, shape[1] // 2
    small = Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR)
    rng = np.random.default_rng(1)
    for size in (1, 13, min(height, width)):
        ends = {0, height - size, int(rng.integers(height - size + 1))}
        for top in ends:
            for left in {0, width - size, int(rng.integers(width - size + 1))}:
                np.testing.assert_array_equal(
                    half_scale_crop(picture, top, left, size=size),
                    np.asarray(small)[top : top + size, left : left + size],
                )


@pytest.mark.parametrize(
    ("side", "above", "below"), [(192, 31, 33), (240, 7, 9), (255, 0, 1), (1, 127, 128)]
)
def test_short_pictures_stand_in_black_as_released(side, above, below):
    picture = np.maximum(noise(side, 300), 1)
    padded = padded_middle(picture, size=256)
    assert not padded[:above].any()
    assert not padded[256 - below :].any()
    # Of 44 columns too many, 22 are left out on the left.
    np.testing.assert_array_equal(padded[above : 256 - below], picture[:, 22:278])


def test_short_pictures_are_not_cut_at_random():
    picture = noise(31, 80)
    for factor, expected in ((1, picture), (2, half_scale(picture))):
        height, width = (side // factor for side in picture.shape[:2])
        corner = draw_corner(height, width, np.random.default_rng(), size=SIZE)
        assert corner is None
        crop = View(factor, corner, "rgb", False, SIZE).crop(picture)
        np.testing.assert_array_equal(crop, padded_middle(expected, size=SIZE))


def test_crops_reach_everywhere_equally():
    rng = np.random.default_rng(0)
    corners = [draw_corner(40, 36, rng, size=32) for _ in range(2000)]
    counts = collections.Counter(map(tuple, np.array(corners).tolist()))
    assert counts.keys() == {(top, left) for top in range(9) for left in range(5)}
    # Poisson of mean 44: none of 45 beyond five deviations.
    assert max(abs(count - 44.4) for count in counts.values()) < 5 * 44.4**0.5


def test_views_are_of_both_scales_in_random_order():
    # Stripes of single columns: half scale is flat inside, full scale is not.
    picture = np.zeros((90, 90, 3), np.uint8)
    picture[:, ::2] = 200
    rng = np.random.default_rng(0)
    drawn = [two_views(picture, rng, size=32, colors=("rgb",)) for _ in range(200)]
    flat = np.ptp(np.array(drawn)[:, :, 8, 1:-1], axis=(2, 3)) == 0
    assert (np.sum(flat, axis=1) == 1).all()
    assert 60 < np.sum(flat, axis=0)[0] < 140


def test_colors_are_drawn_for_each_view_with_equal_chances(monkeypatch):
    drawn = []
    monkeypatch.setattr(
        "tfiqa.methods.contrique.views.recolored",
        lambda crop, color, lab: drawn.append((color, lab)) or crop,
    )
    rng = np.random.default_rng(0)
    for _ in range(500):
        two_views(noise(64, 64), rng, size=32, lab="released")
    counts = collections.Counter(drawn)
    names = ("gray", "lab", "hsv", "local_mean", "rgb")
    assert counts.keys() == {(name, "released") for name in names}
    assert max(abs(count - 200) for count in counts.values()) < 5 * 160**0.5
    pairs = collections.Counter(zip(drawn[::2], drawn[1::2], strict=True))
    assert len(pairs) == 25


def test_half_of_the_views_are_mirrored():
    picture = np.zeros((64, 64, 3), np.uint8) + np.arange(64, dtype=np.uint8)[:, None]
    rng = np.random.default_rng(0)
    drawn = [two_views(picture, rng, size=32, colors=("rgb",)) for _ in range(200)]
    rising = np.array([views[:, 5, 9, 0] > views[:, 5, 8, 0] for views in drawn])
    assert 150 < rising.sum() < 250
    assert (rising[:, 0] != rising[:, 1]).any()


@pytest.mark.parametrize(("number", "level"), [(3, 4), (10, 5), (13, 2), (17, 3)])
def test_one_picture_is_distorted_as_in_a_batch(number, level):
    picture, key = noise(50, 61), (5, -7)
    expected = distortions.distort(picture[None], number, level, [key]).numpy()[0]
    expected = np.floor(expected + 0.5)
    result = distort_image(picture, number, level, key)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(result, expected)
    traced = distort_image(picture, number, level, key, traced=True)
    difference = np.abs(traced - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


def test_small_pictures_fit_fewer_types():
    assert len(types_for_side(48)) == 25
    assert len(types_for_side(47)) == 24
    assert len(types_for_side(16)) == 23


@pytest.fixture(scope="module")
def of_classes(scenes):
    """Epochs 1 and 2 of batches of three types and the pristine class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            drawing, "possible_classes", lambda *_: np.array([7, 80, 84, 125])
        )
        dataset = batches(scenes, None, CONFIG, seed=4, epochs=range(1, 3))
        return list(dataset.as_numpy_iterator())


def test_batches_are_of_the_promised_shapes(of_classes):
    assert len(of_classes) == 4
    for (view_1, view_2), labels in of_classes:
        for view in (view_1, view_2):
            assert view.shape == (8, SIZE, SIZE, 3)
            assert view.dtype == np.uint8
            assert 0 <= view.min() < view.max() <= 255
        assert labels.shape == (8,)
        assert labels.dtype == np.int32
    labels = np.concatenate([labels for _, labels in of_classes])
    assert set(labels.tolist()) == {7, 80, 84, 125}


def test_an_epoch_does_not_depend_on_those_before(scenes, of_classes, monkeypatch):
    monkeypatch.setattr(
        drawing, "possible_classes", lambda *_: np.array([7, 80, 84, 125])
    )
    later = batches(scenes, None, CONFIG, seed=4, epochs=range(2, 3))
    for result, expected in zip(later.as_numpy_iterator(), of_classes[2:], strict=True):
        for one, two in zip(
            tf.nest.flatten(result), tf.nest.flatten(expected), strict=True
        ):
            np.testing.assert_array_equal(one, two)
    assert not np.array_equal(of_classes[0][1], of_classes[2][1])


def of_class(picture, label, rng):
    return drawing.distorted(picture, label, drawing.draw_key(label, rng))


def test_a_class_is_what_was_done_to_the_picture():
    picture = noise(50, 61)
    rng = np.random.default_rng(0)
    assert of_class(picture, drawing.PRISTINE, rng) is picture
    # Class 83 is level 4 of type 17.
    expected = distort_image(picture, 17, 4, (0, 0))
    np.testing.assert_array_equal(of_class(picture, 83, rng), expected)


def test_classes_have_names():
    names = [drawing.class_name(label) for label in (0, 49, 125, 126, 400)]
    expected = ["gaussian_blur 1", "jpeg 5", "pristine", "authentic", "authentic"]
    assert names == expected


@pytest.mark.parametrize("label", [-1, 126, 0.5])
def test_labels_that_are_no_classes_are_told(label):
    with pytest.raises(ValueError, match=rf"`label` .*0 to 125.*label={label}"):
        of_class(noise(50, 61), label, np.random.default_rng(0))
    if label < 0:
        with pytest.raises(ValueError, match=r"`label` must be at least 0.*label=-1"):
            drawing.class_name(label)


def test_small_pictures_repeat_classes_where_there_are_too_few(monkeypatch):
    monkeypatch.setattr(drawing, "possible_classes", lambda *_: np.array([7, 125]))
    config = Config(crop_size=SIZE, batch_size=6, versions=3)
    index = np.int64(0)
    _, labels = module._distorted(config, 0, False, noise(50, 61), index, index)
    assert len(labels) == 3
    assert set(labels.tolist()) <= {7, 125}


def test_long_trainings_are_traced(scenes, monkeypatch):
    asked = []
    monkeypatch.setattr(
        drawing,
        "distort_image",
        lambda picture, *_, traced: asked.append(traced) or picture,
    )
    # 20 scenes an epoch, of which 16 make batches: 250 epochs are 4000 pictures.
    for epochs in (range(248, 249), range(249, 250)):
        list(batches(scenes, None, CONFIG, seed=0, epochs=epochs))
    assert set(asked[:14]) == {False}
    assert set(asked[-14:]) == {True}


def test_classes_are_those_that_change_pictures():
    rows = distortions.DISTORTIONS.values()
    labels = [row.label(level) for row in rows for level in range(1, 6)]
    assert sorted(drawing.possible_classes(48, True).tolist()) == [*labels, 125]
    # Gaussian blur 1, motion blur 1, saturation in Lab 1 and mean shift 3.
    equal = {0, 10, 35, 87}
    drawn = drawing.possible_classes(48, False).tolist()
    assert sorted(drawn) == sorted({*labels, 125} - equal)
    assert len(drawn) == DRAWN_CLASSES == 122
    picture, rng = noise(50, 61), np.random.default_rng(0)
    picture[0, :2] = [[0], [255]]
    for label in equal:
        np.testing.assert_array_equal(of_class(picture, label, rng), picture)
    assert set(drawing.possible_classes(20, False).tolist()).isdisjoint(
        {*range(95, 100)}
    )


def test_both_views_move_in_large_pictures(monkeypatch):
    """Views at full scale are not always inside those at half scale."""
    monkeypatch.setattr(
        drawing, "possible_classes", lambda *_: np.array([drawing.PRISTINE])
    )
    rows, columns = np.indices((250, 250), np.uint8)
    picture = np.stack([rows, columns, columns], axis=2)
    config = dataclasses.replace(CONFIG, colors=("rgb",))
    inside, corners = [], set()
    for index in range(200):
        views, _ = module._distorted(
            config, 0, False, picture, np.int64(index), np.int64(0)
        )
        first, last = views[0].min(axis=(1, 2)), views[0].max(axis=(1, 2))
        half = int(np.argmax(last[:, 0] - first[:, 0]))
        full = 1 - half
        assert (last[full] - first[full] == SIZE - 1).all()
        assert (last[half] - first[half] > 1.9 * SIZE).all()
        contained = (first[full] >= first[half] - 1) & (last[full] <= last[half] + 1)
        inside.append(bool(contained.all()))
        corners.add(tuple(first[half].tolist()))
    assert 10 < sum(inside) < 150
    assert len(corners) > 150


def test_default_streams_leave_room_at_half_scale():
    for recipe, names in IMAGES.items():
        crop = QUICK["crop_size"] if recipe == "quick" else Config.crop_size
        for name in names.split(","):
            if name.startswith("stream:"):
                assert int(name.split("/")[1]) // 2 > crop, recipe


def test_authentic_pictures_are_half_and_classes_of_their_own(scenes, monkeypatch):
    monkeypatch.setattr(drawing, "possible_classes", lambda *_: np.array([7, 125]))
    authentic = images.of_source(toy_source(9))
    assert steps_per_epoch(scenes, authentic, CONFIG) == 2
    dataset = batches(scenes, authentic, CONFIG, seed=0, epochs=range(2))
    result = [labels for _, labels in dataset.as_numpy_iterator()]
    assert len(result) == 4
    for labels in result:
        assert set(labels[::2].tolist()) <= {7, 125}
        assert labels[1::2].min() >= 126
        assert len(set(labels[1::2].tolist())) == 4


def test_versions_of_a_scene_have_different_classes(scenes, monkeypatch):
    monkeypatch.setattr(drawing, "possible_classes", lambda *_: np.arange(80, 85))
    config = dataclasses.replace(CONFIG, versions=4, versions_per_epoch=4)
    assert steps_per_epoch(scenes, None, config) == 10
    dataset = batches(scenes, None, config, seed=0, epochs=range(1))
    result = [labels for _, labels in dataset.as_numpy_iterator()]
    assert len(result) == 10
    for labels in result:
        assert len(set(labels[:4])) == len(set(labels[4:])) == 4


def test_a_source_without_a_batch_is_named(scenes):
    few = images.of_source(toy_source(3))
    with pytest.raises(ValueError, match="'toy', which has 3"):
        batches(scenes, few, CONFIG, seed=0, epochs=range(1))
    with pytest.raises(ValueError, match="'toy', which has 3"):
        batches(few, None, CONFIG, seed=0, epochs=range(1))
    with pytest.raises(ValueError, match=r"must be even.*batch_size=7"):
        steps_per_epoch(scenes, few, dataclasses.replace(CONFIG, batch_size=7))


def counted(count):
    return Images("counted", count, lambda seed, index: None)


@pytest.mark.parametrize("versions", [1, 5])
def test_an_epoch_counts_distorted_pictures_as_the_authors_does(versions):
    """700,000 versions of 140,000 pictures beside about 600,000 photographs."""
    config = Config(versions=versions)
    steps = steps_per_epoch(counted(140_000), counted(601_600), config)
    assert (config.batch_size, steps, steps * config.epochs) == (512, 2_350, 58_750)
    # Without photographs, all versions count.
    assert steps_per_epoch(counted(140_000), None, config) == 700_000 // 512


@pytest.mark.parametrize(("versions", "passes"), [(1, 5), (3, 2), (5, 1)])
def test_an_epoch_shows_each_picture_in_five_versions(
    scenes, monkeypatch, versions, passes
):
    """Also where versions and batch do not divide one another."""
    shown = []
    monkeypatch.setattr(
        module,
        "_distorted",
        lambda config, seed, traced, image, index, epoch: (
            shown.append((int(epoch), int(index)))
            or np.zeros((versions, 2, SIZE, SIZE, 3), np.uint8),
            np.full(versions, 5 * int(epoch) + 0, np.int32),
        ),
    )
    config = dataclasses.replace(CONFIG, versions=versions, versions_per_epoch=5)
    data = batches(scenes, None, config, seed=3, epochs=range(2))
    result = [labels for _, labels in data.as_numpy_iterator()]
    assert len(result) == 2 * steps_per_epoch(scenes, None, config) == 2 * 12
    for epoch in (0, 1):
        seen = collections.Counter(
            index for number, index in shown if number // passes == epoch
        )
        needed = -(-96 // versions)  # Of 100 versions, 96 fill batches.
        assert sum(seen.values()) == needed
        assert max(seen.values()) <= passes
        assert min(seen.values()) >= (needed // 20)
    # A training that goes on at epoch 1 sees what it would have seen.
    later = batches(scenes, None, config, seed=3, epochs=range(1, 2))
    for labels, expected in zip(later, result[12:], strict=True):
        np.testing.assert_array_equal(labels[1], expected)
