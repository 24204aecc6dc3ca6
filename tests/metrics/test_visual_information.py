"""Tests of VIF in the pixel domain."""

import numpy as np
import pytest

from tests.layers.test_niqe import textured
from tfiqa.metrics.visual_information import vif


def pair():
    y, x = np.mgrid[:64, :80]
    gray = ((x * 7 + y * 13 + (x * y) % 29 * 5) % 256).astype("uint8")
    reference = np.stack([gray, gray[::-1], 255 - gray], -1)
    return reference, (reference // 32 * 32).astype("uint8")


def test_published_implementation():
    # By sewar 0.4.10, `vifp` of both lumas.
    assert vif(*pair()) == pytest.approx(0.6331168170558745, rel=1e-9)


def test_less_is_left_of_more_noise_and_a_copy_keeps_all():
    reference = textured(0, 64, 64)
    noise = np.random.default_rng(1).normal(0, 1, reference.shape)
    noisy = [
        np.clip(reference + strength * noise, 0, 255).astype("uint8")
        for strength in (0, 5, 20, 60)
    ]
    scores = [vif(reference, image) for image in noisy]
    assert scores[0] == pytest.approx(1, abs=1e-6)
    assert (np.diff(scores) < 0).all()


def test_contrast_may_exceed_a_copy_and_a_flat_image_holds_nothing():
    reference = textured(1, 64, 64) // 2 + 64
    more = np.clip((reference - 128.0) * 1.3 + 128, 0, 255).astype("uint8")
    assert vif(reference, more) > 1.01
    assert vif(reference, np.full_like(reference, 77)) < 1e-6
    assert np.isnan(vif(np.full_like(reference, 77), reference))


def test_faults_are_named():
    with pytest.raises(ValueError, match=r"41 pixels.*\(40, 60, 3\)"):
        vif(*[np.zeros((40, 60, 3), "uint8")] * 2)
    with pytest.raises(ValueError, match="one size"):
        vif(np.zeros((60, 60, 3), "uint8"), np.zeros((60, 61, 3), "uint8"))
