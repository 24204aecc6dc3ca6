"""TIFF files of every layout: read as a second reader does, or refused."""

import io
import itertools

import numpy as np
import pytest

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode

tifffile = pytest.importorskip("tifffile")
pytest.importorskip("imagecodecs")

HEIGHT, WIDTH = 40, 56
PHOTOMETRIC = {"minisblack": 1, "miniswhite": 1, "rgb": 3, "separated": 4}
EXTRA = ((), ("unassalpha",), ("unspecified",))
COMPRESSION = (None, "deflate", "lzw", "packbits", "zstd")


def written(photometric, extra, bits, planar, compression, order, tile):
    """Returns a TIFF file."""
    channels = PHOTOMETRIC[photometric] + len(extra)
    shape = (HEIGHT, WIDTH, channels)
    rng = np.random.default_rng(0)
    dtype = {8: "uint8", 16: "uint16", 32: "uint32"}[bits]
    samples = rng.integers(0, 2**bits, shape, dtype)
    if extra:
        samples[..., -1] = 2**bits - 1  # Opaque.
    options = {"planarconfig": planar} if channels > 1 else {}
    options |= {"extrasamples": extra} if extra else {}
    options |= {"tile": (16, 16)} if tile else {}
    samples = np.moveaxis(samples, -1, 0) if planar == "separate" else samples
    file = io.BytesIO()
    tifffile.imwrite(
        file,
        samples if channels > 1 else samples.reshape(HEIGHT, WIDTH),
        photometric=photometric,
        compression=compression,
        byteorder=order,
        metadata=None,
        **options,
    )
    return file.getvalue()


def second_reader(encoded, photometric, bits):
    """Returns the pixels as tifffile and the definitions of TIFF give them."""
    with tifffile.TiffFile(io.BytesIO(encoded)) as file:
        samples = np.squeeze(file.pages[0].asarray())
        planar = file.pages[0].planarconfig == 2 and samples.ndim == 3
    samples = np.moveaxis(samples, 0, -1) if planar else samples
    samples = samples.reshape(HEIGHT, WIDTH, -1)[..., : PHOTOMETRIC[photometric]]
    upper = (samples >> (bits - 8)).astype(np.uint8)
    if photometric == "miniswhite":
        upper = 255 - upper
    if photometric == "separated":
        ink = 255.0 - upper
        return ink[..., :3] * ink[..., 3:] / 255
    return np.broadcast_to(upper, (HEIGHT, WIDTH, 3)).astype(float)


@pytest.mark.parametrize("compression", COMPRESSION)
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("photometric", PHOTOMETRIC)
def test_the_pixels_are_right_or_refused(photometric, bits, planar, compression):
    for extra, order, tile in itertools.product(EXTRA, "<>", (False, True)):
        if planar == "separate" and PHOTOMETRIC[photometric] + len(extra) == 1:
            continue
        layout = (photometric, extra, bits, planar, compression, order, tile)
        encoded = written(*layout)
        try:
            pixels = decode(encoded)
        except DecodeError:
            common = photometric in ("rgb", "minisblack") and not extra and bits < 32
            unread = planar == "separate" and bits == 16 and compression is None
            assert not common or unread, layout
            continue
        expected = second_reader(encoded, photometric, bits)
        np.testing.assert_allclose(pixels, expected, atol=2, err_msg=str(layout))


@pytest.mark.parametrize("dtype", ["int8", "int16", "float16", "float32", "float64"])
@pytest.mark.parametrize("channels", [1, 3])
def test_samples_that_are_no_unsigned_integers_are_refused(dtype, channels):
    shape = (HEIGHT, WIDTH, 3) if channels == 3 else (HEIGHT, WIDTH)
    file = io.BytesIO()
    photometric = "rgb" if channels == 3 else "minisblack"
    samples = np.ones(shape, dtype)
    tifffile.imwrite(file, samples, photometric=photometric, metadata=None)
    with pytest.raises(DecodeError) as caught:
        decode(file.getvalue())
    assert caught.value.status == "undecodable"
