"""What features know of distortions."""

import numpy as np
import pytest

from tfiqa.distortions.single import distort_image
from tfiqa.evaluation import distortion_probe
from tfiqa.evaluation.distortion_probe import Described

TYPES = np.array([*np.repeat([1, 2, 3], 5), 0])
LEVELS = np.array([*np.tile([1, 2, 3, 4, 5], 3), 0])


def described(features):
    return Described(np.asarray(features, np.float32), TYPES, LEVELS)


def random(scenes=6, width=8, *, seed=0):
    return np.random.default_rng(seed).normal(size=(scenes, len(TYPES), width))


def test_what_features_say_is_told():
    features = random(9)
    features[..., 0] = 10 * TYPES
    features[..., 1] = 100 * (TYPES == 2)
    features[..., 2:7] = 20 * np.eye(6)[LEVELS][:, 1:]
    result = distortion_probe.probe(described(features))
    assert result["type"].value > 0.97
    assert result["level"].value == 1.0
    assert result["level"].error == 0.0
    assert result["type"].chance == pytest.approx(1 / 3)
    assert result["level"].chance == pytest.approx(1 / 5)


def test_what_belongs_to_a_scene_is_of_no_use():
    # Each picture is known by heart, but scenes that are asked about are others.
    result = distortion_probe.probe(described(random(12, 300)))
    for accuracy in result.values():
        assert abs(accuracy.value - accuracy.chance) < 4 * accuracy.error
        assert 0 < accuracy.error < 0.06


def test_too_few_scenes_are_told():
    with pytest.raises(ValueError, match="scenes=2"):
        distortion_probe.probe(described(random(2)))


def test_similarity_is_over_pairs_of_different_scenes():
    features = random(4, 5)
    result = distortion_probe.class_similarity(described(features))
    centered = features.astype(np.float32) - features.astype(np.float32).mean((0, 1))
    unit = centered / np.linalg.norm(centered, axis=2, keepdims=True)
    for one, two in ((0, 0), (3, 11), (15, 2)):
        pairs = [
            unit[s, one] @ unit[t, two] for s in range(4) for t in range(4) if s != t
        ]
        assert result[one, two] == pytest.approx(np.mean(pairs), abs=1e-6)
    np.testing.assert_allclose(result, result.T, atol=1e-12)


def test_principal_components_keep_the_widest_directions():
    features = random(5, 6)
    features[..., 2] *= 50
    features[..., 4] *= 12
    points = distortion_probe.projected(described(features))
    assert points.shape == (5, 16, 2)
    for axis, channel in ((0, 2), (1, 4)):
        result = np.corrcoef(points[..., axis].ravel(), features[..., channel].ravel())
        assert abs(result[0, 1]) > 0.95


def test_neighbours_stay_together_in_the_plane():
    apart = np.eye(3)[np.maximum(TYPES - 1, 0)][:, [0, 1, 2] * 2]
    features = random(3, 6) + 50 * apart
    points = distortion_probe.projected(described(features), method="tsne")
    means = np.stack([points[:, kind == TYPES].mean((0, 1)) for kind in (1, 2, 3)])
    inside = points[:, TYPES == 2].reshape(-1, 2) - means[1]
    assert np.abs(inside).max() < np.linalg.norm(means[1] - means[[0, 2]], axis=1).min()


def test_scenes_are_described_under_every_class(monkeypatch):
    monkeypatch.setattr(distortion_probe, "LEVELS", (4,))
    few = ("darken", "contrast")
    monkeypatch.setattr(
        distortion_probe,
        "DISTORTIONS",
        {name: distortion_probe.DISTORTIONS[name] for name in few},
    )
    rng = np.random.default_rng(0)
    scenes = rng.integers(20, 220, (2, 48, 50, 3), np.uint8)
    done = []
    result = distortion_probe.describe(
        lambda picture: picture.mean(axis=(0, 1)), scenes, on_scene=done.append
    )
    assert done == [1, 2]
    assert result.types.tolist() == [17, 25, 0]
    assert result.levels.tolist() == [4, 4, 0]
    expected = distort_image(scenes[1], 17, 4, (1, 0)).mean(axis=(0, 1))
    np.testing.assert_allclose(result.features[1, 0], expected, rtol=1e-6)
    np.testing.assert_allclose(result.features[0, 2], scenes[0].mean(axis=(0, 1)))
