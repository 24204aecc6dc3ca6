"""Every kind of picture and fault, written here and read back."""

import io
import pickle
import struct
import subprocess
import sys
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from PIL import ImageOps

from tfiqa.data.decode import MAX_PIXELS
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import declared_size
from tfiqa.data.decode import decode
from tfiqa.data.ops import decode_tensor

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
GREY16 = np.array([[0, 255, 256, 4_660], [32_767, 32_768, 65_279, 65_535]], np.uint16)


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def png_header(width: int, height: int) -> bytes:
    """Returns a PNG file that ends behind its header."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    size, check = struct.pack(">I", 13), struct.pack(">I", zlib.crc32(header))
    start = encoded(Image.new("1", (1, 1)))
    return start[:8] + size + header + check + start[33:50]


def tiff(samples: bytes, *, size: tuple[int, int], bits: int, photometric: int):
    """Returns an uncompressed little-endian grey TIFF."""
    width, height = size
    entries = [
        *((256, 3, 1, width), (257, 3, 1, height), (258, 3, 1, bits), (259, 3, 1, 1)),
        *(
            (262, 3, 1, photometric),
            (273, 4, 1, 8),
            (277, 3, 1, 1),
            (278, 3, 1, height),
        ),
        (279, 4, 1, len(samples)),
    ]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    start = struct.pack("<2sHI", b"II", 42, 8 + len(samples))
    count = struct.pack("<H", len(entries))
    return start + samples + count + directory + struct.pack("<I", 0)


def with_segment(jpeg: bytes, marker: int, contents: bytes) -> bytes:
    segment = struct.pack(">BBH", 0xFF, marker, len(contents) + 2) + contents
    return jpeg[:2] + segment + jpeg[2:]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "TGA"])
def test_keeps_every_pixel_of_lossless_kinds(kind):
    np.testing.assert_array_equal(
        decode(encoded(Image.fromarray(PIXELS), kind)), PIXELS
    )


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "JPEG2000", "GIF"])
def test_decodes_lossy_kinds_as_pillow_does(kind):
    data = encoded(Image.fromarray(PIXELS), kind)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(decode(data), expected)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_applies_the_orientation(kind, orientation):
    data = encoded(Image.fromarray(PIXELS), kind, exif=exif(orientation))
    stored = np.asarray(
        Image.open(io.BytesIO(encoded(Image.fromarray(PIXELS), kind))).convert("RGB")
    )
    turned = Image.fromarray(stored)
    turned.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(turned))
    assert expected.shape[0] == (7 if orientation > 4 else 5)
    np.testing.assert_array_equal(decode(data), expected)


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_leaves_a_picture_of_an_unknown_orientation_as_it_is(orientation):
    data = encoded(Image.fromarray(PIXELS), exif=exif(orientation))
    np.testing.assert_array_equal(decode(data), PIXELS)


def test_turns_pictures_of_several_tiles():
    pixels = np.random.default_rng(1).integers(0, 256, (1030, 2060, 3), np.uint8)
    data = encoded(Image.fromarray(pixels), "PNG", exif=exif(6), compress_level=0)
    np.testing.assert_array_equal(decode(data), np.rot90(pixels, k=-1))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_repeats_grey_in_all_channels(kind):
    grey = PIXELS[..., 0]
    expected = np.repeat(grey[..., None], 3, axis=-1)
    np.testing.assert_array_equal(
        decode(encoded(Image.fromarray(grey), kind)), expected
    )


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_spreads_one_bit_to_black_and_white(kind):
    bits = PIXELS[..., 0] > 127
    data = encoded(Image.fromarray(bits), kind)
    np.testing.assert_array_equal(decode(data)[..., 1], np.where(bits, 255, 0))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG2000", "PPM"])
def test_keeps_the_upper_half_of_grey_of_16_bits(kind):
    options = {"JPEG2000": {"irreversible": False}}.get(kind, {})
    data = encoded(Image.fromarray(GREY16), kind, **options)
    np.testing.assert_array_equal(decode(data)[..., 2], GREY16 >> 8)


def test_reads_16_bits_of_both_byte_orders():
    big = encoded(Image.frombytes("I;16B", (4, 2), GREY16.byteswap().tobytes()), "TIFF")
    assert Image.open(io.BytesIO(big)).mode == "I;16B"
    np.testing.assert_array_equal(decode(big)[..., 0], GREY16 >> 8)


def test_scales_16_bit_pgm_of_another_maximum():
    samples = np.array([0, 250, 500, 1000], ">u2").tobytes()
    grey = decode(b"P5 4 1 1000\n" + samples)[0, :, 0]
    np.testing.assert_array_equal(grey, [0, 64, 128, 255])  # of 65,535, rounded


def test_reads_tiff_of_12_bits():
    packed = bytes([0x00, 0x0F, 0xFF, 0x80, 0x07, 0xFF])  # 0x000 0xFFF 0x800 0x7FF
    data = tiff(packed, size=(4, 1), bits=12, photometric=1)
    np.testing.assert_array_equal(decode(data)[0, :, 0], [0, 255, 128, 127])


def test_reads_16_bit_tiff_whose_zero_is_white():
    data = tiff(GREY16.tobytes(), size=(4, 2), bits=16, photometric=0)
    np.testing.assert_array_equal(decode(data)[..., 0], 255 - (GREY16 >> 8))


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_refuses_samples_of_32_bits(dtype):
    data = encoded(Image.fromarray(np.ones((2, 2), dtype)), "TIFF")
    with pytest.raises(DecodeError, match="Samples of 8 bits") as caught:
        decode(data)
    assert caught.value.status == "undecodable"


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGBA", "PNG"), ("LA", "PNG"), ("RGBA", "TIFF"), ("PA", "TIFF")]
)
def test_lays_transparency_over_white(mode, kind):
    rgba = np.dstack([PIXELS, np.arange(0, 245, 7, dtype=np.uint8).reshape(5, 7)])
    image = Image.fromarray(rgba)
    image = image.convert("P").convert("PA") if mode == "PA" else image.convert(mode)
    if mode == "PA":
        image.putalpha(Image.fromarray(rgba[..., 3]))
    stored = np.asarray(image.convert("RGBA")).astype(float)
    alpha = stored[..., 3:] / 255
    expected = stored[..., :3] * alpha + 255 * (1 - alpha)
    np.testing.assert_allclose(decode(encoded(image, kind)), expected, atol=0.5 + 1e-6)


def test_reads_premultiplied_alpha():
    straight = np.uint8([[[200, 100, 0, 128], [50, 60, 70, 255], [9, 9, 9, 0]]])
    image = Image.frombytes(
        "RGBA", (3, 1), Image.fromarray(straight).convert("RGBa").tobytes()
    )
    # The tag ExtraSamples: from straight alpha (2) to premultiplied (1).
    straight_tag, other_tag = (struct.pack("<HHIH", 338, 3, 1, k) for k in (2, 1))
    data = encoded(image, "TIFF").replace(straight_tag, other_tag)
    assert Image.open(io.BytesIO(data)).tag_v2[338] == (1,)
    alpha = straight[..., 3:] / 255
    expected = straight[..., :3] * alpha + 255 * (1 - alpha)
    np.testing.assert_allclose(decode(data), expected, atol=2)


@pytest.mark.parametrize("transparency", [1, bytes([0, 255, 128, 255])])
def test_reads_palettes_with_transparency(transparency):
    palette = Image.new("P", (4, 1))
    palette.putdata([0, 1, 2, 3])
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
    data = encoded(palette, transparency=transparency)
    alpha = {1: [255, 0, 255, 255]}.get(transparency, [0, 255, 128, 255])
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]], float)
    share = np.array(alpha)[:, None] / 255
    expected = colors * share + 255 * (1 - share)
    np.testing.assert_allclose(decode(data)[0], expected, atol=0.5)


def test_does_not_warn_of_transparency_in_bytes():
    palette = Image.new("P", (2, 1))
    palette.putpalette([0] * 12)
    data = encoded(palette, transparency=bytes([0, 9]))
    with pytest.warns(UserWarning, match="Transparency expressed in bytes"):
        Image.open(io.BytesIO(data)).convert("RGB")
    decode(data)


def test_makes_a_transparent_grey_of_16_bits_white():
    data = encoded(Image.fromarray(GREY16), transparency=256)
    expected = np.where(GREY16 == 256, 255, GREY16 >> 8)
    np.testing.assert_array_equal(decode(data)[..., 0], expected)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_converts_cmyk(kind):
    image = Image.new("CMYK", (16, 8), (0, 255, 255, 0))
    image.paste((0, 0, 0, 0), (8, 0, 16, 8))
    options = {"quality": 100} if kind == "JPEG" else {}
    pixels = decode(encoded(image, kind, **options)).astype(int)
    np.testing.assert_allclose(pixels[4, 2], [255, 0, 0], atol=3)
    np.testing.assert_allclose(pixels[4, 13], [255, 255, 255], atol=3)


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "MPO", "WEBP"])
def test_reads_the_first_of_several_pictures(kind):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    np.testing.assert_allclose(decode(data)[4, 4].astype(int), [255, 0, 0], atol=2)


def test_reads_a_malformed_mpo_without_a_warning():
    jpeg = encoded(Image.fromarray(PIXELS), "JPEG")
    data = with_segment(jpeg, 0xE2, b"MPF\x00II*\x00\x08\x00\x00\x00" + bytes(6))
    with pytest.warns(UserWarning, match="malformed MPO"):
        Image.open(io.BytesIO(data))
    np.testing.assert_array_equal(decode(data), decode(jpeg))


@pytest.mark.parametrize(
    "contents",
    [
        b"II*\x00\x08\x00\x00\x00\x05\x00\x12\x01\x03\x00",  # cut in its directory
        b"II*\x00\x08\x00\x00\x00\x01\x00\x0e\x01\x02\x00\xff\xff\x00\x00\xff\xff\x00",
        b"not a directory at all",
    ],
)
def test_reads_a_corrupt_exif_without_a_warning(contents):
    jpeg = encoded(Image.fromarray(PIXELS), "JPEG")
    data = with_segment(jpeg, 0xE1, b"Exif\x00\x00" + contents)
    np.testing.assert_array_equal(decode(data), decode(jpeg))


def test_such_an_exif_does_make_pillow_warn():
    jpeg = encoded(Image.fromarray(PIXELS), "JPEG")
    contents = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x05\x00\x12\x01\x03\x00"
    with pytest.warns(UserWarning, match="EXIF"):
        Image.open(io.BytesIO(with_segment(jpeg, 0xE1, contents))).getexif()


def test_decodes_the_largest_picture_without_a_warning():
    data = encoded(Image.new("1", (10_000, 10_000), 1))
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(io.BytesIO(data))
    pixels = decode(data)
    assert pixels.shape == (10_000, 10_000, 3)
    assert pixels[::999, ::999].min() == 255


def test_decodes_the_widest_picture():
    assert decode(encoded(Image.new("1", (3_000_000, 1), 1))).shape == (1, 3_000_000, 3)


@pytest.mark.parametrize(
    "size", [(10_000, 10_001), (20_000, 10_001), (2**31 - 1, 2**31 - 1)]
)
def test_refuses_larger_ones_by_their_header(size):
    with pytest.raises(DecodeError, match="At most 100,000,000 pixels") as caught:
        decode(png_header(*size))
    assert caught.value.status == "too_large"
    assert size[0] * size[1] > MAX_PIXELS


def test_tells_the_size_by_the_header():
    assert declared_size(png_header(10_000, 20)) == (20, 10_000)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "JPEG2000"])
def test_refuses_truncated_files(kind):
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    decode(data)
    with pytest.raises(DecodeError) as caught:
        decode(data[: len(data) // 2])
    assert caught.value.status == "undecodable"
    assert caught.value.reason


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 100, b"GIF89a", b"%!PS-Adobe-3.0", b"<svg></svg>", b"II*\0"]
)
def test_refuses_what_is_no_picture(data):
    with pytest.raises(DecodeError, match="An image is expected") as caught:
        decode(data)
    assert caught.value.status == "undecodable"


def test_errors_survive_pickling():
    error = pickle.loads(pickle.dumps(DecodeError("too_large", "why")))
    assert (error.status, str(error)) == ("too_large", "why")


def test_restores_pillow_and_warnings_in_many_threads(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 12_345_678)
    image = Image.fromarray(np.tile(PIXELS, (40, 40, 1)))
    files = [encoded(image, kind) for kind in ("PNG", "TIFF", "JPEG", "WEBP")]
    expected = [decode(file) for file in files]
    filters = list(warnings.filters)
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(decode, files * 16))
    for number, pixels in enumerate(results):
        np.testing.assert_array_equal(pixels, expected[number % len(files)])
    with pytest.raises(DecodeError):
        decode(b"no picture")
    assert Image.MAX_IMAGE_PIXELS == 12_345_678
    assert warnings.filters == filters


def test_decodes_in_a_pipeline():
    files = [encoded(Image.fromarray(PIXELS[:rows])) for rows in (5, 3)]
    dataset = tf.data.Dataset.from_tensor_slices(files).map(decode_tensor)
    assert dataset.element_spec == tf.TensorSpec((None, None, 3), tf.uint8)
    for rows, pixels in zip((5, 3), dataset.as_numpy_iterator(), strict=True):
        np.testing.assert_array_equal(pixels, PIXELS[:rows])


def test_a_pipeline_tells_the_reason():
    dataset = tf.data.Dataset.from_tensors(b"no picture").map(decode_tensor)
    with pytest.raises(tf.errors.InvalidArgumentError, match="An image is expected"):
        list(dataset)


@pytest.mark.slow
def test_takes_no_more_memory_than_the_picture_twice(tmp_path):
    tile = np.random.default_rng(3).integers(0, 256, (100, 100, 3), np.uint8)
    image = Image.fromarray(np.tile(tile, (100, 100, 1)))
    (tmp_path / "large.jpg").write_bytes(encoded(image, "JPEG", exif=exif(6)))
    script = (
        "import resource, sys\n"
        "from tfiqa.data.decode import decode\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "used = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "start = used()\n"
        "assert decode(data).shape == (10_000, 10_000, 3)\n"
        "print(used() - start)\n"
    )
    run = [sys.executable, "-c", script, str(tmp_path / "large.jpg")]
    kilobytes = int(subprocess.run(run, check=True, capture_output=True).stdout)
    assert kilobytes < 750_000
