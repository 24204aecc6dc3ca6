"""Tests for the `synthetic_iqa` dataset."""

import hashlib
import io

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image

from tfiqa import distortions
from tfiqa import synthetic
from tfiqa.datasets.synthetic_iqa import synthetic_iqa_dataset_builder
from tfiqa.distortions import DISTORTIONS

SCENES = 4

# Types of which level 5 is far from the scene, by MS-SSIM, and of which level 1 is not.
ORDERED = ("gaussian_blur", "lens_blur", "jpeg", "white_noise", "jpeg2000")


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


def test_every_scene_comes_pristine_and_once_under_each_type(prepared):
    builder, rows = prepared
    assert list(builder.info.splits) == ["train"]
    assert len(rows) == builder.info.splits["train"].num_examples == SCENES * 26
    for scene in range(SCENES):
        own = [e for e in rows.values() if e["reference_id"] == b"%04d" % scene]
        assert len(own) == 26
        types = {e["distortion"].decode(): int(e["level"]) for e in own}
        assert set(types) == {"pristine", *DISTORTIONS}
        assert types.pop("pristine") == 0


def test_five_scenes_hold_all_classes():
    classes = {
        (name, level)
        for scene in range(35, 40)
        for name, level in zip(
            DISTORTIONS, synthetic_iqa_dataset_builder.levels(scene), strict=True
        )
    }
    assert classes == {(name, level) for name in DISTORTIONS for level in range(1, 6)}


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
    # Some types have a level at which they change next to nothing.
    assert len(digests) >= SCENES * 23


def test_pictures_are_what_the_bank_makes_of_a_scene(prepared):
    _, rows = prepared
    scene = tf.constant(synthetic.dead_leaves(2, 192), tf.float32)[None]
    own = [e for e in rows.values() if e["reference_id"] == b"0002"]
    for example in own:
        name, level = example["distortion"].decode(), int(example["level"])
        if name in ("lens_blur", "saturation_hsv", "jpeg", "pixelate"):  # Not random.
            distorted = distortions.distort(scene, name, level, (0, 0))[0].numpy()
            picture = np.asarray(Image.open(io.BytesIO(example["image"])))
            assert np.abs(picture - distorted).max() <= 0.501


def test_proxies_fall_with_the_level(prepared):
    _, rows = prepared
    result = {}
    for example in rows.values():
        name, level = example["distortion"].decode(), int(example["level"])
        result[name, level] = float(example["mos"])
    assert result["pristine", 0] > 98
    for name in ORDERED:
        levels = sorted(level for other, level in result if other == name)
        assert len(levels) == SCENES
        assert result[name, levels[-1]] < result[name, levels[0]] - 10


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
