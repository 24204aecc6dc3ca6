"""Tests for the textures."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from tfiqa.synthetic import textured_leaves
from tfiqa.synthetic import textures
from tfiqa.synthetic.randomness import Stream


def test_textures_are_seamless_and_use_the_full_range():
    for index in range(4):
        made = textures.texture(index, 64).astype(float)
        assert made.min() == 0
        assert made.max() == 255
        inner = np.abs(np.diff(made, axis=0)).mean()
        seam = np.abs(made[0] - made[-1]).mean()
        assert seam < 3 * inner + 2


def test_texture_depends_on_its_arguments_alone():
    first = textures.texture(3, 64, seed=1)
    np.testing.assert_array_equal(textures.texture(3, 64, seed=1), first)
    assert (textures.texture(4, 64, seed=1) != first).any()
    assert (textures.texture(3, 64, seed=2) != first).any()


@pytest.mark.parametrize("side", [64, 128])
def test_bands_are_a_partition_of_power(side):
    power = sum(band**2 / 4**level for level, band in textures._bands(side))
    np.testing.assert_allclose(power, 1.0, atol=1e-12)


def test_repeated_spectrum_is_that_of_the_coefficients_among_zeros():
    coarse = np.random.default_rng(0).normal(size=(16, 16))
    fine = np.zeros((64, 64))
    fine[::4, ::4] = coarse
    np.testing.assert_allclose(
        textures._repeated(coarse, 64), np.fft.rfft2(fine), atol=1e-10
    )


@pytest.mark.parametrize("exponent", [0.4, 0.6, 0.8])
def test_coefficients_follow_the_generalized_gaussian(exponent):
    numbers = np.random.default_rng(0).uniform(size=20_000)
    drawn = textures._sparse(numbers, textures._sparse_quantiles(exponent))
    law = stats.gennorm(exponent)
    assert stats.kstest(drawn * law.std(), law.cdf).pvalue > 0.01
    assert drawn.std() == pytest.approx(1, abs=0.1)


def test_spectra_fall_by_laws_between_those_of_the_model():
    rows, columns = np.abs(np.fft.fftfreq(128))[:, None], np.fft.rfftfreq(128)
    inner = np.hypot(rows, columns)
    inner = (inner > 0.05) & (inner < 0.45)
    slopes = []
    for index in range(40):
        power = np.abs(np.fft.rfft2(textures._plane(Stream(0, index), 128)))[inner] ** 2
        # By its law, log power is linear in log(|fx|**s + |fy|**s); search for s.
        fits = []
        for slope in np.arange(0.2, 4, 0.1):
            law = -2 * np.log((rows**slope + columns**slope)[inner])
            fits.append(np.var(np.log(power + 1e-300) - law))
        slopes.append(np.arange(0.2, 4, 0.1)[np.argmin(fits)])
    assert 0.3 <= min(slopes) < max(slopes) <= 2.2
    assert stats.kstest(slopes, stats.uniform(0.5, 1.5).cdf).pvalue > 0.01


def test_matching_gives_the_marginals_of_the_colours():
    made = np.random.default_rng(0).normal(size=(128, 128))
    values, weights = np.array([3.0, -1.0, 0.0]), np.array([0.25, 0.25, 0.5])
    matched = textures._matched(made, values, weights)
    # Rank order is kept; the middles of the shares take on the values.
    order = np.argsort(made, axis=None)
    assert (np.diff(matched.reshape(-1)[order]) >= -1e-12).all()
    quantiles = np.quantile(matched, [0.125, 0.5, 0.875])
    np.testing.assert_allclose(quantiles, [-1, 0, 3], atol=0.05)


def test_pool_holds_the_textures_with_padding():
    pool = textures.pool(64, 5)
    assert pool.shape == (textures.POOL, 64, 64, 4)
    np.testing.assert_array_equal(pool[7, ..., :3], textures.texture(7, 64, seed=5))
    assert (pool[..., 3] == 0).all()


def test_folder_is_read_in_order_and_continued_by_reflection(tmp_path):
    for number, name in enumerate(["b.png", "a/c.jpg", "d.PNG", "notes.txt"]):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("none")
        else:
            Image.new("RGB", (90, 60), (80 * number, 10, 20)).save(path)
    pool = textures.read(str(tmp_path), 64)
    assert pool.shape == (3, 64, 64, 4)
    np.testing.assert_allclose(pool[:, 9, 9, 0], [80, 0, 160], atol=2)
    np.testing.assert_array_equal(pool, pool[:, ::-1])
    np.testing.assert_array_equal(pool, pool[:, :, ::-1])


def test_folder_without_readable_pictures_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"Received: textures=.*nowhere"):
        textures.read(str(tmp_path / "nowhere"), 64)
    with pytest.raises(ValueError, match="A folder of images"):
        textures.read(str(tmp_path), 64)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"readable images.*broken\.png"):
        textures.read(str(tmp_path), 64)
    with pytest.raises(ValueError, match="Received: textures=''"):
        textures.read("", 64)


def encoded(name):
    file = io.BytesIO()
    Image.new("RGB", (40, 40)).save(file, name)
    return file.getvalue()


def of_a_wrong_length():
    """Returns a PNG file whose next chunk Pillow takes for an error of syntax."""
    png = bytearray(encoded("PNG"))
    png[png.index(b"IDAT") - 1] -= 8
    return bytes(png)


def without_bounds():
    """Returns a TIFF file that claims to have billions of pixels."""
    tiff = encoded("TIFF")
    return tiff.replace(struct.pack("<H", 40), struct.pack("<H", 60_000))


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.png", of_a_wrong_length()), ("b.tif", without_bounds())],
)
def test_every_kind_of_broken_file_is_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"readable images.*{name}"):
        textures.read(str(tmp_path), 64)


def test_real_textures_are_read_and_shown(shared):
    folder = shared / "data" / "textures"
    pool = textures.read(str(folder), 64)
    assert len(pool) == len(list(folder.glob("*.jpg")))
    plain = textures.read(str(folder), 64)
    assert plain is pool  # Read once.
    shown = textured_leaves(3, 64, textures=folder, aligned=True, lighting=False)
    result = (pool[..., :3] == shown).all(axis=-1)
    assert result.any(axis=0).all()
    assert result.any(axis=(1, 2)).sum() > 3
    assert (textured_leaves(3, 64) != textured_leaves(3, 64, textures=folder)).any()
