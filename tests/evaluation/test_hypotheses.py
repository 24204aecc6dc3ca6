"""Similarities of crops, with readers whose answers are known."""

import numpy as np
import pytest

from tfiqa.evaluation import hypotheses
from tfiqa.evaluation.hypotheses import similarities


def noise(seed, height=64, width=96):
    rng = np.random.default_rng(seed)
    return rng.integers(60, 190, (height, width, 3), np.uint8)


def test_crops_overlap_as_they_should(monkeypatch):
    seen = []
    monkeypatch.setattr(
        hypotheses, "distort_region", lambda picture, box, *_: box.of(picture)
    )

    def read(crop):
        seen.append(crop)
        return np.array([crop.mean(), 1.0])

    similarities(read, [noise(0), noise(1, 90, 70)])
    per_scene = len(hypotheses.TYPES) * len(hypotheses.LEVELS)
    crops = len(hypotheses.OVERLAPS) + 1
    assert len(seen) == 2 * per_scene * crops
    assert {crop.shape for crop in seen} == {(32, 32, 3), (35, 35, 3)}
    for height, width in ((64, 96), (90, 70)):
        for seed in range(10):
            first, *others = hypotheses._boxes(
                height, width, np.random.default_rng(seed)
            )
            for other, share in zip(others, hypotheses.OVERLAPS, strict=True):
                canvas = np.zeros((height, width), int)
                for box in (first, other):
                    assert min(box.top, box.left) >= 0
                    part = box.of(canvas)
                    assert part.shape == (min(height, width) // 2,) * 2
                    part += 1
                assert np.mean(canvas == 2) * canvas.size / first.area == pytest.approx(
                    share, abs=0.02
                )


def test_a_reader_of_content_is_blind_to_distortion(monkeypatch):
    # Distortions are the identity, and crops tell their picture and their place.
    monkeypatch.setattr(
        hypotheses, "distort_region", lambda picture, box, *_: box.of(picture)
    )
    rows = np.arange(8, dtype=np.uint8)[:, None, None] * np.ones((1, 96, 3), np.uint8)
    scenes = [np.repeat(rows, 8, axis=0) * 0 + 40 * index for index in range(4)]
    result = similarities(lambda crop: np.eye(4)[int(crop[0, 0, 0]) // 40], scenes)
    np.testing.assert_allclose(result.overlap, 1.0)
    np.testing.assert_allclose(result.content["other image"], -1 / 3)
    for values in result.distortion.values():
        np.testing.assert_allclose(values, 1.0)
    pairs = [values.size for values in result.distortion.values()]
    assert pairs == [4 * 7 * 2, 4 * 7, 4 * 3 * 21]


def test_a_reader_of_distortion_is_blind_to_content(monkeypatch):
    monkeypatch.setattr(
        hypotheses,
        "distort_region",
        lambda picture, box, name, level, key: (hypotheses.TYPES.index(name), level),
    )
    names = len(hypotheses.TYPES)
    result = similarities(lambda seen: np.eye(names)[seen[0]], [noise(0), noise(1)])
    for values in result.content.values():
        np.testing.assert_allclose(values, 1.0)
    by_level, further, by_type = result.distortion.values()
    np.testing.assert_allclose([*by_level, *further], 1.0)
    np.testing.assert_allclose(by_type, -1 / (names - 1))


def test_one_scene_is_too_few():
    with pytest.raises(ValueError, match="At least 2 scenes"):
        similarities(lambda crop: np.ones(2), [noise(0)])
