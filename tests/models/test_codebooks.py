"""Tests of codebooks of patches: what is learned, and their encoders."""

import numpy as np
import pytest
import scipy.io
from keras import ops

from tests.layers.test_aggd import require_double
from tests.layers.test_niqe import textured
from tfiqa.models import codebooks
from tfiqa.models.codebooks import CodebookSettings


@pytest.fixture(autouse=True)
def double():
    require_double()


FEW = CodebookSettings(words=12, patches_per_image=50, distorted=False, passes=2)


def make_images(count=4, side=40):
    return [textured(seed, side, side) for seed in range(count)]


def test_whitened_patches_have_the_covariance_that_epsilon_leaves():
    random = np.random.default_rng(0)
    patches = random.normal(size=(5000, 6)) @ random.normal(size=(6, 6))
    center, whitening = codebooks.whitening_of(patches)
    np.testing.assert_allclose(center, patches.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(whitening, whitening.T, atol=1e-12)
    values = np.linalg.eigvalsh(np.cov(patches.T))
    result = np.linalg.eigvalsh(np.cov(((patches - center) @ whitening).T))
    np.testing.assert_allclose(result, values / (values + 0.1), rtol=1e-6)


def test_words_are_the_means_of_the_patches_nearest_to_them():
    book = codebooks.learn(make_images(), FEW, seed=0)
    assert book.means.shape == book.variances.shape == book.skews.shape == (12, 49)
    raw = np.concatenate(list(codebooks._patches(make_images(), FEW, 0)))
    patches = (raw - book.center) @ book.whitening
    again = codebooks.learn(make_images(), FEW, seed=0)
    np.testing.assert_array_equal(book.means, again.means)
    # A word and the patches that k-means gave it: their mean and their variance.
    total = np.linalg.norm(patches - patches.mean(axis=0), axis=1) ** 2
    nearest = np.argmin(
        np.linalg.norm(patches[:, None] - book.means, axis=2) ** 2, axis=1
    )
    within = np.linalg.norm(patches - book.means[nearest], axis=1) ** 2
    assert within.sum() < 0.95 * total.sum()
    assert (book.variances >= 0).all()


def test_distorted_images_give_other_words():
    settings = CodebookSettings(words=5, patches_per_image=20, passes=1)
    book = codebooks.learn(make_images(2, 64), settings, seed=0)
    plain = CodebookSettings(words=5, patches_per_image=20, passes=1, distorted=False)
    other = codebooks.learn(make_images(2, 64), plain, seed=0)
    assert np.abs(book.means - other.means).max() > 1e-3


def test_encoders_describe_images():
    book = codebooks.learn(make_images(), FEW, seed=0)
    images = np.stack(make_images(2)).astype("float32")
    soft = ops.convert_to_numpy(codebooks.cornia_encoder(book, count=100)(images))
    assert soft.shape == (2, 24)
    lengths = np.linalg.norm(book.means, axis=1)
    patches = ops.convert_to_numpy(
        codebooks.cornia_encoder(book, count=100).get_layer("patches")(images)
    )
    z = patches @ (book.means / lengths[:, None]).T
    np.testing.assert_allclose(soft[:, :12], z.max(axis=1).clip(min=0), atol=1e-4)
    order = ops.convert_to_numpy(codebooks.hosa_encoder(book, count=100)(images))
    assert order.shape == (2, 3 * 12 * 49)
    np.testing.assert_allclose(np.linalg.norm(order, axis=1), 1, rtol=1e-5)


def test_published_whitening_is_taken(shared):
    path = shared / "goldens/official/CSIQ_whitening_param.mat"
    stored = scipy.io.loadmat(path)
    settings = CodebookSettings(
        words=5, patches_per_image=20, passes=1, distorted=False, whitening=str(path)
    )
    book = codebooks.learn(make_images(2), settings, seed=0)
    np.testing.assert_array_equal(book.center, stored["M"][0])
    np.testing.assert_array_equal(book.whitening, stored["P"])


def test_faults_are_named(tmp_path):
    few = CodebookSettings(words=12, patches_per_image=10, distorted=False)
    with pytest.raises(ValueError, match=r"words, 12, are expected.*: 10 patches"):
        codebooks.learn(make_images(1), few, seed=0)
    scipy.io.savemat(tmp_path / "other.mat", {"M": np.zeros((1, 3))})
    with pytest.raises(ValueError, match=r"M \(1, 49\).*other\.mat with M \(1, 3\)"):
        codebooks.read_whitening(tmp_path / "other.mat")
    with pytest.raises(ValueError, match="words=0"):
        CodebookSettings(words=0)
