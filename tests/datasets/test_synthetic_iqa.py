"""Tests for the `synthetic_iqa` dataset."""

import hashlib
import io

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image

from tfiqa import synthetic
from tfiqa.datasets.synthetic_iqa import synthetic_iqa_dataset_builder

DISTORTIONS = ("gaussian_blur", "white_noise", "jpeg")
SCENES = 4


def built(folder):
    builder = synthetic_iqa_dataset_builder.Builder(
        config="scenes_4", data_dir=str(folder)
    )
    builder.download_and_prepare()
    decoders = {"image": tfds.decode.SkipDecoding()}
    examples = builder.as_dataset(split="all", decoders=decoders)
    rows = {e["image_id"].decode(): e for e in examples.as_numpy_iterator()}
    return builder, rows


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    return built(tmp_path_factory.mktemp("synthetic_iqa"))


def test_every_scene_comes_in_all_versions(prepared):
    builder, rows = prepared
    assert list(builder.info.splits) == ["train"]
    assert len(rows) == builder.info.splits["train"].num_examples == SCENES * 16
    for scene in range(SCENES):
        own = [e for e in rows.values() if e["reference_id"] == b"%04d" % scene]
        versions = {(e["distortion"].decode(), int(e["level"])) for e in own}
        distorted = {(name, level) for name in DISTORTIONS for level in range(1, 6)}
        assert versions == distorted | {("pristine", 0)}
        assert len(own) == 16


def test_pristine_pictures_are_dead_leaves(prepared):
    _, rows = prepared
    for scene in range(SCENES):
        encoded = rows[f"{scene:04d}_pristine_0.png"]["image"]
        picture = Image.open(io.BytesIO(encoded))
        assert picture.format == "PNG"
        expected = synthetic.dead_leaves(scene, 192)
        np.testing.assert_array_equal(np.asarray(picture), expected)


def test_pictures_all_differ(prepared):
    _, rows = prepared
    digests = {hashlib.sha256(e["image"]).digest() for e in rows.values()}
    # The faintest blur changes no pixel by half a level.
    assert len(digests) >= SCENES * 15


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_proxies_fall_with_the_level(prepared, distortion):
    _, rows = prepared
    for scene in range(SCENES):
        versions = ["pristine_0", *(f"{distortion}_{level}" for level in range(1, 6))]
        proxies = [rows[f"{scene:04d}_{version}.png"]["mos"] for version in versions]
        assert (np.diff(proxies[1:]) < 0).all()
        assert proxies[0] > 98
        assert proxies[5] < 50


def test_metadata_call_the_score_a_proxy_and_hold_its_range(prepared):
    builder, rows = prepared
    again = tfds.builder_from_directory(builder.data_path)
    metadata = again.info.metadata
    assert metadata["higher_is_better"] is True
    assert metadata["range"] == [0.0, 100.0]
    assert metadata["unit"] == "proxy (MS-SSIM, 0 to 100)"
    mos = [float(e["mos"]) for e in rows.values()]
    np.testing.assert_allclose(metadata["observed_range"], [min(mos), max(mos)])
    assert 0 <= min(mos) < max(mos) <= 100


def test_two_builds_are_equal(prepared, tmp_path):
    _, rows = prepared
    _, again = built(tmp_path)
    assert list(rows) == list(again)
    for image_id, example in rows.items():
        assert example == again[image_id]


def test_proxy_keeps_ranks_and_is_a_hundred_for_a_copy():
    reference = synthetic.dead_leaves(0, 192).astype(np.float32)
    noise = np.random.default_rng(0).normal(size=reference.shape)
    pictures = np.stack([reference + sd * noise for sd in (0, 2, 8, 32, 128)])
    pictures = tf.constant(pictures, tf.float32)
    proxies = synthetic_iqa_dataset_builder.proxy(pictures, tf.constant(reference))
    assert proxies[0] == 100
    assert (np.diff(proxies) < -3).all()
    assert proxies[-1] > 0
    similarity = tf.image.ssim_multiscale(pictures[2], reference, 255.0)
    expected = 100 * np.exp(-4 * np.sqrt(1 - float(similarity)))
    assert float(proxies[2]) == pytest.approx(expected, rel=1e-4)
