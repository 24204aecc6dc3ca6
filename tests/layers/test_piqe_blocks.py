"""Tests of PIQE, against plain NumPy and published scores."""

import numpy as np
import pytest
from keras import ops

from benchmarks import plain_piqe
from tests.layers.test_aggd import require_double
from tests.layers.test_niqe import textured
from tfiqa.data.decode import decode
from tfiqa.layers import PIQEBlocks
from tfiqa.layers import PIQEDistance


@pytest.fixture(autouse=True)
def double():
    require_double()


def judged(images):
    blocks = PIQEBlocks()(images)
    result = ops.convert_to_numpy(blocks)
    score = PIQEDistance()(blocks, ops.convert_to_tensor(result.mean(axis=(1, 2))))
    return result, ops.convert_to_numpy(score)


def partly_flat(seed, height, width):
    image = textured(seed, height, width)
    image[: height // 2, : width // 3] = 90
    image[height // 3 :, width // 2 :] = image[height // 3, width // 2]
    return image


# A strip, more than one, remainders below and above half a block.
@pytest.mark.parametrize("shape", [(96, 64), (112, 48), (133, 36), (45, 60), (16, 9)])
def test_blocks_and_score_are_the_plain_ones(shape):
    image = partly_flat(0, *shape)
    score, blocks = plain_piqe.piqe(image)
    result, scores = judged(image[None])
    np.testing.assert_allclose(result[0, ..., :4], blocks, atol=1e-9)
    assert scores[0, 0] == pytest.approx(score, rel=1e-9)


def test_every_image_of_a_batch_by_itself():
    batch = np.stack([textured(seed, 100, 40) // (seed + 1) for seed in range(3)])
    _, together = judged(batch)
    for image, score in zip(batch, together, strict=True):
        np.testing.assert_allclose(judged(image[None])[1][0], score, rtol=1e-12)


def test_map_is_what_the_score_sums():
    blocks, score = judged(partly_flat(1, 96, 96)[None])
    per_patch = ops.convert_to_numpy(PIQEDistance().per_patch(blocks))
    active = np.isfinite(per_patch)
    np.testing.assert_array_equal(active, blocks[..., 1] == 1)
    assert 0 < active.sum() < active.size
    expected = 100 * (1 + per_patch[active].sum()) / (1 + active.sum())
    assert score[0, 0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("image", "score"),
    [
        ("I03", 100),
        ("I04", 21.6244),
        ("I06", 35.8646),
        ("I08", 41.1471),
        ("I19", 76.9485),
    ],
)
def test_published_scores(shared, image, score):
    pixels = decode((shared / f"goldens/calibration/{image}.bmp").read_bytes())
    assert judged(pixels[None])[1][0, 0] == pytest.approx(score, abs=1e-3)
