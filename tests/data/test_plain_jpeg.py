"""Which JPEG files TensorFlow may decode, and that their pixels are the same."""

import io
import pickle

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from PIL import ImageCms

from tfiqa.data import plain_jpeg
from tfiqa.data.decode import decode
from tfiqa.data.plain_jpeg import PlainJPEGs

simplejpeg = pytest.importorskip("simplejpeg")


def smooth(height, width, seed=0):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // 9 + 2, width // 9 + 2, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height)))


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def is_plain(encoded):
    known = PlainJPEGs(1)
    known.remember(0, encoded, decode(encoded))
    return (0, encoded) in known


PLAIN = [
    *(
        simplejpeg.encode_jpeg(smooth(101, 67), 80, "RGB", layout)
        for layout in ("444", "422", "420", "440", "411")
    ),
    saved(Image.fromarray(smooth(64, 95)), quality=60, progressive=True),
    saved(Image.fromarray(smooth(33, 48)), optimize=True, restart_marker_rows=1),
    saved(Image.fromarray(smooth(17, 16)).convert("L")),
    saved(Image.fromarray(smooth(1, 300)[:1])),
    saved(Image.fromarray(smooth(20, 31)), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
]


@pytest.mark.parametrize("number", range(len(PLAIN)))
def test_plain_files_have_the_same_pixels(number):
    encoded = PLAIN[number]
    assert is_plain(encoded)
    result = plain_jpeg.decoded(tf.constant(encoded)).numpy()
    np.testing.assert_array_equal(result, decode(encoded))


@pytest.mark.parametrize("number", range(5))
def test_a_part_is_cut_out_of_the_same_pixels(number):
    encoded = simplejpeg.encode_jpeg(
        smooth(203, 171, number),
        *(90, "RGB"),
        ("444", "422", "420", "440", "411")[number],
    )
    whole = decode(encoded)
    corners = [(0, 0), (203 - 40, 171 - 40), (0, 131), (97, 61), (33, 50), (160, 3)]
    for top, left in corners:
        part = plain_jpeg.cut(
            tf.constant(encoded), tf.constant([203, 171]), tf.constant([top, left]), 40
        )
        np.testing.assert_array_equal(part, whole[top : top + 40, left : left + 40])


def test_other_files_are_decoded_here():
    picture = Image.fromarray(smooth(40, 30))
    turned = Image.Exif()
    turned[0x0112] = 6
    file = io.BytesIO()
    picture.save(file, "PNG")
    others = [
        saved(picture, exif=turned),
        saved(picture.convert("CMYK")),
        file.getvalue(),
    ]
    assert [is_plain(encoded) for encoded in others] == [False] * 3


def test_profiles_are_ignored_by_both():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert is_plain(saved(Image.fromarray(smooth(40, 30)), icc_profile=profile))


def test_only_what_was_compared_is_plain():
    known = PlainJPEGs(2)
    known.remember(0, PLAIN[0], decode(PLAIN[1]) // 2)  # Other pixels.
    known.remember(1, PLAIN[0], decode(PLAIN[0]))
    assert (0, PLAIN[0]) not in known
    assert (1, PLAIN[0]) in known
    assert (1, PLAIN[1]) not in known  # Another file now.
    assert (1, PLAIN[0]) not in pickle.loads(pickle.dumps(known))
