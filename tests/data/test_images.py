"""Pictures without scores, epoch by epoch."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.support.toy_source import toy_source
from tfiqa.data import images

COUNT = 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures that are all of one value, the number in their name."""
    path = tmp_path_factory.mktemp("pictures")
    for value in range(COUNT):
        save(path / f"{value}.png", value, side=16 + value)
    return path


def save(path, value, *, side):
    Image.fromarray(np.full((side, side, 3), value, "uint8")).save(path)


def indices(epoch):
    return [int(element["index"]) for element in epoch.as_numpy_iterator()]


@pytest.fixture(params=["folder", "source", "joined"])
def opened(request, folder):
    source = images.of_source(toy_source(COUNT))
    if request.param == "source":
        return source
    pictures = images.of_folder(folder)
    if request.param == "folder":
        return pictures
    return images.joined([pictures, source])


def test_an_epoch_has_every_picture_once(opened):
    epoch = opened.epoch(3, 0)
    assert epoch.cardinality() == opened.count
    assert epoch.element_spec["image"].dtype == tf.uint8
    result = indices(epoch)
    assert len(result) == opened.count
    assert len(set(result)) == opened.count
    assert result != sorted(result)


def test_an_epoch_is_a_pure_function(opened):
    first = indices(opened.epoch(3, 1))
    assert indices(opened.epoch(3, 1)) == first
    assert indices(opened.epoch(3, 2)) != first
    assert indices(opened.epoch(4, 1)) != first


def test_an_index_is_a_picture(folder):
    for element in images.of_folder(folder).epoch(0, 5).as_numpy_iterator():
        assert (element["image"] == element["index"]).all()
        assert element["image"].shape == (16 + element["index"],) * 2 + (3,)


def test_sources_are_mixed_evenly():
    pixels = np.zeros((16, 16, 3), np.uint8)
    ones = images.Images("ones", 400, lambda seed, index: pixels)
    both = images.joined([ones, ones])
    order = np.array(indices(both.epoch(0, 0)))
    assert sorted(order) == list(range(800))
    order %= 2
    # Of four parts none has more than five deviations too many of one source.
    parts = order.reshape(4, 200).mean(axis=1)
    assert np.abs(parts - 0.5).max() < 5 * 0.5 / 200**0.5
    assert both.name == "ones,ones"


def test_broken_files_are_replaced_by_random_ones(folder, tmp_path, capsys):
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    save(tmp_path / "small.png", 3, side=15)
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    opened = images.of_folder(tmp_path)
    count = COUNT + 3
    replaced = set()
    for number in range(20):
        result = indices(opened.epoch(0, number))
        assert len(result) == opened.count == count
        places = [tf.constant(place, tf.int64) for place in range(count)]
        order = [int(images.permuted(one, count, 0, number)) for one in places]
        assert set(result) == set(range(COUNT))
        for index, drawn in zip(result, order, strict=True):
            if drawn < COUNT:  # Names are sorted: broken ones come last.
                assert index == drawn
            else:
                replaced.add(index)
    assert len(replaced) == COUNT  # Any image, not always the same one.
    names = {path.rpartition("/")[2] for path in opened.skipped}
    assert names == {"broken.jpg", "small.png", "gone.png"}
    assert "15x15" in opened.skipped[str(tmp_path / "small.png")]
    told = capsys.readouterr().err
    assert told.count("Skipped: ") == 1
    assert images.joined([opened, opened]).skipped.keys() == opened.skipped.keys()


def test_rows_that_are_broken_are_left_out():
    opened = images.of_source(toy_source(4, broken={2: b"no picture"}))
    assert sorted(set(indices(opened.epoch(0, 0)))) == [0, 1, 3]
    assert opened.skipped.keys() == {"picture 2"}


def test_nothing_readable_is_an_error(folder, tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(b"no picture")
    opened = images.of_folder(tmp_path)
    opened.check_readable()  # Nothing is known yet.
    with pytest.raises(tf.errors.InvalidArgumentError) as error:
        indices(opened.epoch(0, 0))
    message = f"Readable images are expected. Received: {tmp_path}, which has none"
    assert message in str(error.value)
    for pictures in (opened, images.joined([images.of_folder(folder), opened])):
        with pytest.raises(images.UnfitImages) as unfit:
            pictures.check_readable()
        assert str(unfit.value) == message


def test_some_readable_pictures_suffice(folder, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    save(tmp_path / "b.png", 3, side=16)
    opened = images.of_folder(tmp_path)
    indices(opened.epoch(0, 0))
    assert len(opened.skipped) == 1
    opened.check_readable()
    images.joined([opened, images.of_folder(folder)]).check_readable()


def test_why_a_picture_is_left_out_does_not_change_from_run_to_run(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    save(tmp_path / "b.png", 3, side=16)
    opened = images.of_folder(tmp_path)
    indices(opened.epoch(0, 0))
    (reason,) = opened.skipped.values()
    assert reason == "An image is expected. Received: text"


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=rf"\.webp.*{tmp_path}.*none"):
        images.of_folder(tmp_path)


def test_a_source_smaller_than_a_batch_is_named(folder):
    opened = images.of_folder(folder)
    opened.check_batch(COUNT)
    with pytest.raises(ValueError, match=rf"10.*{folder}.*{COUNT}"):
        opened.check_batch(COUNT + 1)


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_orders_are_permutations(count):
    places = tf.range(count, dtype=tf.int64)
    order = tf.map_fn(lambda place: images.permuted(place, count, 5, 1 << 20), places)
    assert sorted(order.numpy().tolist()) == list(range(count))
