"""Tests of the decoder inside of SavedModels, against `tfiqa.data.decode`."""

import io
import struct
import zlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tfiqa.data.decode import decode
from tfiqa.export import decoding

NOISE = np.random.default_rng(0).integers(0, 256, (7, 11, 3), dtype=np.uint8)
SCENE = Image.fromarray(NOISE).resize((83, 57))
ALPHA = Image.fromarray(np.random.default_rng(1).integers(0, 256, (57, 83), np.uint8))


@pytest.fixture(scope="module")
def decoded():
    run = tf.function(
        decoding.decoded,
        input_signature=[tf.TensorSpec((), tf.string)],
        autograph=False,
    )

    def call(encoded):
        status, picture = run(tf.constant(encoded))
        return int(status), picture.numpy()

    return call


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def with_alpha():
    image = SCENE.copy()
    image.putalpha(ALPHA)
    return image


def animation(**options):
    frames = [SCENE.rotate(angle).convert("P") for angle in (90, 180)]
    return encoded(
        SCENE.convert("P"), "GIF", save_all=True, append_images=frames, **options
    )


def png(bits, color, transparent=None, size=(16, 9)):
    """Returns a PNG of noise, written by hand: Pillow does not write all kinds."""

    def chunk(name, content):
        whole = name + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", crc(whole))

    crc, (width, height) = zlib.crc32, size
    noise = np.random.default_rng(bits)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    row = (width * bits * channels + 7) // 8
    rows = b"".join(b"\0" + noise.bytes(row) for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    chunks = [chunk(b"IHDR", head)]
    if color == 3:
        chunks.append(chunk(b"PLTE", noise.bytes(3 * 2**bits)))
    if transparent is not None:
        chunks.append(chunk(b"tRNS", transparent))
    chunks += [chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def bmp_v5(image, alpha):
    """Returns a BMP of 32 bits in fields, as phones and browsers write it."""
    pixels = np.asarray(image)[::-1][..., [2, 1, 0, 3]].tobytes()
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, alpha)
    width, height = image.size
    sizes = struct.pack("<IiiHHIIiiII", 124, width, height, 1, 32, 3, 0, 0, 0, 0, 0)
    head = (sizes + masks + b"BGRs").ljust(124, b"\0")
    return struct.pack("<2sIII", b"BM", 138 + len(pixels), 0, 138) + head + pixels


def bmp_os2(image):
    """Returns a BMP with the short header of OS/2."""
    rows = np.asarray(image)[::-1][..., ::-1]
    pixels = b"".join(row.tobytes().ljust(-(-row.size // 4) * 4, b"\0") for row in rows)
    head = struct.pack("<IHHHH", 12, *image.size, 1, 24)
    return struct.pack("<2sIII", b"BM", 26 + len(pixels), 0, 26) + head + pixels


PICTURES = {
    "JPEG": encoded(SCENE, "JPEG"),
    "JPEG, no subsampling": encoded(SCENE, "JPEG", subsampling=0, quality=95),
    "JPEG, progressive": encoded(SCENE, "JPEG", progressive=True, quality=30),
    "JPEG, grey": encoded(SCENE.convert("L"), "JPEG"),
    "JPEG, CMYK": encoded(SCENE.convert("CMYK"), "JPEG"),
    "JPEG, profile": encoded(SCENE, "JPEG", icc_profile=bytes(150_000)),
    "PNG": encoded(SCENE, "PNG"),
    "PNG, alpha": encoded(with_alpha(), "PNG"),
    "PNG, grey": encoded(SCENE.convert("L"), "PNG"),
    "PNG, grey with alpha": encoded(with_alpha().convert("LA"), "PNG"),
    "PNG, palette": encoded(SCENE.convert("P"), "PNG"),
    "PNG, palette with a hole": encoded(SCENE.convert("P"), "PNG", transparency=7),
    "BMP": encoded(SCENE, "BMP"),
    "BMP, grey": encoded(SCENE.convert("L"), "BMP"),
    "BMP, 32 bits": encoded(SCENE.convert("RGBA"), "BMP"),
    "BMP, V5 header, bit fields": bmp_v5(SCENE.convert("RGBA"), 0xFF000000),
    "BMP, V5 header, alpha": bmp_v5(with_alpha(), 0xFF000000),
    "BMP, V5 header, no alpha": bmp_v5(with_alpha(), 0),
    "BMP, OS/2": bmp_os2(SCENE),
    "BMP with bytes behind it": encoded(SCENE, "BMP") + b"thumbnail",
    "BMP, grey, with bytes behind it": encoded(SCENE.convert("L"), "BMP") + bytes(64),
    "GIF": encoded(SCENE, "GIF"),
    "GIF with a hole": encoded(SCENE.convert("P"), "GIF", transparency=7),
    "GIF, animation": animation(),
    "GIF, animation with a hole": animation(transparency=9),
    **{
        f"PNG, {bits} bits, color {color}": png(bits, color)
        for bits, color in [
            *((bits, 0) for bits in (1, 2, 4, 8, 16)),
            *((bits, 3) for bits in (1, 2, 4, 8)),
            *((bits, color) for bits in (8, 16) for color in (2, 4, 6)),
        ]
    },
    "PNG, 1 bit with a hole": png(1, 0, b"\0\1"),
    "PNG, 4 bits, half transparent": png(4, 3, b"\0\x80"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pixels_are_those_of_the_package(decoded, name):
    status, pixels = decoded(PICTURES[name])
    assert status == decoding.OK
    np.testing.assert_array_equal(pixels, decode(PICTURES[name]))


def exif(orientation, order, kind=3):
    """Returns EXIF with two entries, the second one the orientation."""
    first = struct.pack(f"{order}HHI4s", 0x010F, 2, 3, b"AB\0\0")
    value = {3: "HH", 4: "I"}[kind]
    numbers = (orientation, 0) if kind == 3 else (orientation,)
    second = struct.pack(f"{order}HHI{value}", 0x0112, kind, 1, *numbers)
    mark = {"<": b"II", ">": b"MM"}[order]
    head = mark + struct.pack(f"{order}HIH", 42, 8, 2)
    return b"Exif\0\0" + head + first + second + bytes(4)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("orientation", range(10))
def test_exif_orientation_is_applied(decoded, kind, order, orientation):
    file = encoded(SCENE, kind, exif=exif(orientation, order))
    status, pixels = decoded(file)
    assert status == decoding.OK
    np.testing.assert_array_equal(pixels, decode(file))
    turned = pixels.shape[0] > pixels.shape[1]
    assert turned == (orientation in (5, 6, 7, 8))


@pytest.mark.parametrize(
    "unusual",
    [
        exif(6, "<", kind=4),
        exif(6, ">", kind=4),
        exif(6, ">").replace(b"\0\0\0\1\0\6", b"\0\0\0\2\0\6"),
    ],
    ids=["little long", "big long", "two values"],
)
def test_unusual_orientation_is_applied(decoded, unusual):
    file = encoded(SCENE, "JPEG", exif=unusual)
    np.testing.assert_array_equal(decoded(file)[1], decode(file))
    assert decode(file).shape == (83, 57, 3)


@pytest.mark.parametrize(
    "broken",
    [
        b"Exif\0\0" + b"II*\0\xff\xff\xff\xff" + bytes(8),
        b"Exif\0\0" + b"II*\0\x08\0\0\0\xff\xff",
        b"Exif\0\0junk",
        exif(6, "<").replace(b"*", b"+"),
        exif(6, ">").replace(b"\0\0\0\1\0\6", b"\0\0\0\3\0\6"),
    ],
    ids=["far directory", "many entries", "no TIFF", "no magic", "three values"],
)
def test_broken_exif_leaves_the_pixels(decoded, broken):
    file = encoded(SCENE, "JPEG", exif=broken)
    status, pixels = decoded(file)
    assert status == decoding.OK
    assert pixels.shape == (57, 83, 3)
    np.testing.assert_array_equal(pixels, decode(file))


def declared(kind, height, width):
    """Returns a picture that declares a size that it does not have."""
    file = bytearray(encoded(SCENE, kind))
    if kind == "PNG":
        file[16:24] = struct.pack(">II", width, height)
        file[29:33] = struct.pack(">I", zlib.crc32(file[12:29]))
    elif kind == "BMP":
        file[18:26] = struct.pack("<ii", width, height)
    elif kind == "GIF":
        file[6:10] = struct.pack("<HH", width, height)
    else:
        at = file.index(b"\xff\xc0")
        file[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(file)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF"])
@pytest.mark.parametrize(
    ("size", "status"),
    [
        ((0, 40), decoding.UNDECODABLE),
        ((40, 0), decoding.UNDECODABLE),
        ((60_000, 60_000), decoding.TOO_LARGE),
        ((10_001, 10_000), decoding.TOO_LARGE),
    ],
)
def test_sizes_are_refused_before_anything_is_decoded(decoded, kind, size, status):
    result, pixels = decoded(declared(kind, *size))
    if kind == "GIF" and 0 in size:
        # The screen of a GIF may be empty where its frame is not; Pillow widens it.
        assert result in (decoding.OK, decoding.UNDECODABLE)
    else:
        assert result == status
        assert pixels.shape == (1, 1, 3)


def gif_of_frames(*boxes, screen=(83, 57), **options):
    """Returns a GIF whose frames are put at `(left, top, width, height)`.

    Each has the pixels of an animation of `SCENE`, whatever it declares.
    """
    file = bytearray(animation(**options))
    file[6:10] = struct.pack("<HH", *screen)
    at = 0
    for box in boxes:
        at = file.index(b"\x2c" + struct.pack("<HH", 0, 0), at)
        file[at + 1 : at + 9] = struct.pack("<HHHH", *box)
        at += 9
    return bytes(file)


@pytest.mark.parametrize(
    ("box", "screen"),
    [
        ((0, 0, 10_200, 10_000), (10, 10)),
        ((9_000, 0, 9_000, 9_000), (10, 10)),
        ((0, 0, 83, 57), (10_200, 10_000)),
    ],
)
def test_the_frame_of_a_gif_counts_as_its_screen_does(decoded, box, screen):
    assert decoded(gif_of_frames(box, screen=screen))[0] == decoding.TOO_LARGE


@pytest.mark.parametrize("options", [{}, {"transparency": 9}])
@pytest.mark.parametrize(
    ("place", "screen"),
    [((0, 0), (20, 30)), ((0, 0), (100, 80)), ((5, 7), (100, 80)), ((5, 7), (83, 80))],
)
def test_the_frame_of_a_gif_lies_in_its_place(decoded, place, screen, options):
    file = gif_of_frames((*place, 83, 57), screen=screen, **options)
    status, pixels = decoded(file)
    assert status == decoding.OK
    np.testing.assert_array_equal(pixels, decode(file))


def test_later_frames_of_a_gif_are_not_looked_at(decoded):
    file = gif_of_frames((0, 0, 83, 57), (0, 0, 60_000, 60_000))
    status, pixels = decoded(file)
    assert status == decoding.OK
    np.testing.assert_array_equal(pixels, decode(animation()))


def test_sides_beyond_31_bits_are_too_large_or_undecodable(decoded):
    for size in [(2**31 - 1, 2**31 - 1), (2**32 - 1, 2**32 - 1)]:
        assert decoded(declared("PNG", *size))[0] == decoding.TOO_LARGE


@pytest.mark.parametrize(
    "junk",
    {
        "empty": b"",
        "text": b"no picture at all",
        "cut JPEG": PICTURES["JPEG"][:400],
        "cut PNG": PICTURES["PNG"][:400],
        "cut GIF": PICTURES["GIF"][:900],
        "cut BMP": PICTURES["BMP"][:900],
        "head of a JPEG": b"\xff\xd8\xff",
        "head of a PNG": b"\x89PNG\r\n\x1a\n",
        "head of a GIF": b"GIF89a",
        "GIF of an unknown version": PICTURES["GIF"].replace(b"GIF87a", b"GIF88a"),
        "endless fill bytes": b"\xff\xd8" + b"\xff" * 100_000,
        "BMP of one bit": encoded(SCENE.convert("1"), "BMP"),
        "BMP with a palette": encoded(SCENE.convert("P"), "BMP"),
        "TIFF": encoded(SCENE, "TIFF"),
    }.items(),
    ids=lambda pair: pair[0],
)
def test_what_does_not_decode_is_told(decoded, junk):
    status, pixels = decoded(junk[1])
    assert status == decoding.UNDECODABLE
    assert pixels.shape == (1, 1, 3)
