"""Tests of the images that exports are compared on."""

import numpy as np
import pytest
from PIL import Image

from tests.support.toy_scorer import toy_image
from tfiqa.export import images as example_images


def test_generated_images_differ():
    images = example_images.generated(20, min_side=60)
    assert len(images) == 20
    assert min(min(image.shape[:2]) for image in images) == 60
    assert min(min(image.shape[:2]) for image in example_images.generated(8)) < 48
    again = example_images.generated(20, min_side=60)
    assert all(np.array_equal(a, b) for a, b in zip(images, again, strict=True))
    means = [np.abs(np.diff(image.astype(float), axis=0)).mean() for image in images]
    assert max(means) > 10 * sorted(means)[1] > 0


def test_others_are_generated_from_another_first_one():
    first, other = (example_images.generated(2, size=(32, 40), first=n) for n in (0, 1))
    assert np.array_equal(first[1], other[0])
    assert not np.array_equal(first[0], other[0])
    assert {image.shape for image in first} == {(32, 40, 3)}


def test_a_flat_image_has_the_size_of_the_last_one():
    result = example_images.flat([toy_image(0), toy_image(1, 3, 5)])
    assert result.shape == (3, 5, 3)
    assert np.ptp(result) == 0


def test_images_of_a_folder(tmp_path):
    for seed in (2, 1):
        Image.fromarray(toy_image(seed)).save(tmp_path / f"{seed}.png")
    result = example_images.read_folder(tmp_path)
    assert [
        np.array_equal(p, toy_image(s)) for p, s in zip(result, (1, 2), strict=True)
    ]
    assert len(example_images.read_folder(tmp_path, limit=1)) == 1


def test_a_folder_without_images_is_named(tmp_path):
    with pytest.raises(ValueError, match=str(tmp_path)):
        example_images.read_folder(tmp_path)


def test_cropped_images_are_their_middle_or_repeated():
    image = toy_image(0, 8, 6)
    assert np.array_equal(example_images.center_crop(image, (4, 6)), image[2:6])
    wide = example_images.center_crop(image, (8, 9))
    assert np.array_equal(wide, np.concatenate([image, image[:, :3]], axis=1))


def test_what_does_not_decode_is_named(tmp_path):
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(ValueError, match=r"notes\.txt: ."):
        example_images.read_folder(tmp_path)


def test_few_images_are_completed_with_others_and_a_flat_one():
    images = [toy_image(0, 8, 8)]
    result = example_images.completed(images, min_side=20)
    assert len(result) == example_images.COUNT + 1
    assert result[0] is images[0]
    assert np.ptp(result[-1]) == 0
    assert len(example_images.completed(images * 70)) == 71
