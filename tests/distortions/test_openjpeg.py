"""Tests that OpenJPEG, called directly, does what Pillow does with it."""

import ctypes
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from tfiqa.distortions import jpeg2000
from tfiqa.distortions import openjpeg
from tfiqa.synthetic import dead_leaves

pytestmark = pytest.mark.skipif(
    not openjpeg.is_available(), reason="Pillow's OpenJPEG cannot be called here"
)


def of_pillow(image, ratio, resolutions, block):
    file = io.BytesIO()
    Image.fromarray(image).save(
        file,
        "JPEG2000",
        quality_mode="rates",
        quality_layers=[ratio],
        irreversible=True,
        mct=1,
        num_resolutions=resolutions,
        codeblock_size=(block, block),
        progression="LRCP",
    )
    return file.getvalue()


@pytest.mark.parametrize("size", [(96, 128), (97, 131), (16, 17)])
@pytest.mark.parametrize(("ratio", "block"), [(1.5, 64), (16, 64), (40.5, 32)])
def test_files_and_pixels_are_those_of_pillow(size, ratio, block):
    image = dead_leaves(3, size)
    resolutions = min(5, min(size).bit_length() - 1)
    expected = of_pillow(image, ratio, resolutions, block)
    file = openjpeg.encode(image, ratio, resolutions=resolutions, block=block)
    assert file == expected
    with Image.open(io.BytesIO(expected)) as decoded:
        np.testing.assert_array_equal(openjpeg.decode(file), np.asarray(decoded))


def test_images_without_contiguous_memory_are_encoded():
    image = dead_leaves(1, (40, 60))[::-1, ::2]
    file = openjpeg.encode(image, 4, resolutions=3, block=32)
    assert file == of_pillow(np.ascontiguousarray(image), 4, 3, 32)


def test_threads_of_the_library_change_nothing(monkeypatch):
    monkeypatch.delenv("OPJ_NUM_THREADS", raising=False)
    image = dead_leaves(5, (150, 200))
    file = openjpeg.encode(image, 8, resolutions=4, block=32)
    assert openjpeg.encode(image, 8, resolutions=4, block=32, threads=3) == file
    expected = openjpeg.decode(file)
    np.testing.assert_array_equal(openjpeg.decode(file, threads=3), expected)


def test_images_share_the_cores(monkeypatch):
    monkeypatch.setattr(jpeg2000.os, "cpu_count", lambda: 6)
    cores = jpeg2000._SharedCores()
    with cores as alone, cores as second, cores as third:
        assert (alone, second, third) == (6, 3, 2)
    with cores as again:
        assert again == 6


def test_threads_do_not_disturb_one_another():
    images = [dead_leaves(index, (64, 48)) for index in range(12)]

    def run(image):
        return openjpeg.decode(openjpeg.encode(image, 8, resolutions=4, block=32))

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(run, images))
    for image, result in zip(images, results, strict=True):
        np.testing.assert_array_equal(result, run(image))


def test_the_lock_is_released():
    """`CDLL` releases Python's lock during a call, its subclass `PyDLL` does not."""
    library = openjpeg._library()
    assert isinstance(library, ctypes.CDLL)
    assert not isinstance(library, ctypes.PyDLL)


@pytest.mark.parametrize("file", [b"", b"no file", bytes(1000)])
def test_broken_files_are_told(file):
    with pytest.raises(openjpeg.OpenJPEGError, match="OpenJPEG fails in"):
        openjpeg.decode(file)


def test_a_truncated_file_is_told_or_decoded():
    file = openjpeg.encode(dead_leaves(0, (64, 64)), 4, resolutions=4, block=32)
    for length in (20, 80, 100):
        with pytest.raises(openjpeg.OpenJPEGError):
            openjpeg.decode(file[:length])


def test_other_components_are_told():
    gray = io.BytesIO()
    Image.fromarray(dead_leaves(0, (32, 32))[..., 0]).save(gray, "JPEG2000")
    with pytest.raises(openjpeg.OpenJPEGError, match="Three components of 8 bits"):
        openjpeg.decode(gray.getvalue())


def test_without_the_library_pillow_gives_the_same(monkeypatch):
    image = dead_leaves(2, (64, 80))
    expected = jpeg2000.through_jpeg2000(image, 30)
    monkeypatch.setattr(openjpeg, "is_available", lambda: False)
    np.testing.assert_array_equal(jpeg2000.through_jpeg2000(image, 30), expected)


def test_another_layout_of_the_parameters_is_refused(monkeypatch):
    monkeypatch.setitem(openjpeg._DEFAULTS, "numresolution", 7)
    assert openjpeg._found.__wrapped__() is None
