"""Random crops of images that are decoded when needed, or stay in memory."""

import io
import pickle

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.support.toy_source import png
from tfiqa.data import ops
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode
from tfiqa.data.pictures import Pictures
from tfiqa.data.reading import Held


def picture(height, width, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3), np.uint8)


def jpeg(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=80)
    return file.getvalue()


class Counted(Held):
    """Images in memory, and which of them were read."""

    def __init__(self, images):
        super().__init__(images)
        object.__setattr__(self, "read", [])

    def __call__(self, number):
        self.read.append(number)
        return super().__call__(number)


KEYS = tf.constant([[3, 4], [5, 6], [7, 8]], tf.int32)
FILES = [jpeg(picture(90, 70)), png(picture(40, 50)), jpeg(picture(20, 70))]


@pytest.mark.parametrize("limit", [0, 1 << 20])
@pytest.mark.parametrize("count", [1, 3])
def test_crops_are_those_of_the_decoded_image(limit, count):
    """Also where TensorFlow decodes a part of the file, and of small images."""
    pictures = Pictures(Held(FILES), 3, limit=limit)
    for _ in range(2):  # The first time, files are compared.
        for index, encoded in enumerate(FILES):
            keys = KEYS[:count]
            result = pictures.random_crops(tf.constant(index), keys, 32).numpy()
            image = tf.constant(decode(encoded))
            expected = [ops.random_crop(image, key, size=32) for key in keys]
            np.testing.assert_array_equal(result, expected)


def test_images_stay_in_memory_as_far_as_they_fit():
    images = [picture(10, 10, seed) for seed in range(4)]
    reader = Counted([png(image) for image in images])
    pictures = Pictures(reader, 4, limit=2 * 300)
    for index in (2, 0, 1, 3, 2, 0, 1, 3):
        encoded, pixels = pictures.fetch(index)
        assert encoded == b""
        np.testing.assert_array_equal(pixels, images[index])
    assert reader.read == [2, 0, 1, 3, 1, 3]


def test_a_compared_file_is_not_decoded_here_again():
    pictures = Pictures(Held(FILES), 3, limit=0)
    assert pictures.fetch(0)[1].shape == (90, 70, 3)
    encoded, pixels = pictures.fetch(0)
    assert (encoded, pixels.size) == (FILES[0], 0)
    assert pickle.loads(pickle.dumps(pictures)).fetch(0)[1].shape == (90, 70, 3)


def test_images_are_resized_before_they_are_kept():
    pictures = Pictures(Held(FILES), 3, resize=(30, 20))
    for _ in range(2):
        _, pixels = pictures.fetch(0)
        image = tf.constant(decode(FILES[0]))
        np.testing.assert_array_equal(pixels, ops.resize(image, 30, 20))


def test_broken_images_are_errors():
    pictures = Pictures(Held([b"no picture"]), 1)
    with pytest.raises(DecodeError, match="An image is expected"):
        pictures.random_crops(tf.constant(0), KEYS, 8)
