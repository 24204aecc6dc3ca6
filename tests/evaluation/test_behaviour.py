"""Tests of the battery of a scorer's behaviour."""

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import WATERLOO
from tfiqa.distortions.harmless import CHANGES
from tfiqa.distortions.ladders import ORDERED
from tfiqa.distortions.ladders import stretched
from tfiqa.distortions.ladders import versions
from tfiqa.evaluation import behaviour_material as material
from tfiqa.evaluation.behaviour import behaviour
from tfiqa.evaluation.behaviour import inversions
from tfiqa.evaluation.pristine_versions import FULL_REFERENCE
from tfiqa.evaluation.pristine_versions import VersionScores

SCENES, TYPES = 6, len(ORDERED)


def scene(seed):
    """Soft-edged colored blocks, uint8."""
    coarse = np.random.default_rng(seed).integers(20, 200, (12, 14, 3), "uint8")
    return np.asarray(Image.fromarray(coarse).resize((200, 184)))


@pytest.fixture(scope="module")
def measured():
    """What a scorer that knows the scenes says of two, and nothing of other sizes."""
    known = [stretched(scene(seed)).astype("float64") for seed in (0, 1)]

    def predict(picture):
        assert picture.dtype == np.uint8
        if picture.shape != known[0].shape:
            return float("nan")
        return -min(np.sqrt(np.mean((one - picture) ** 2)) for one in known)

    done = []
    result = material.measure(predict, [scene(0), scene(1)], progress=done.append)
    assert done == [1, 2]
    return result


def test_one_who_knows_the_scenes_behaves(measured):
    result = behaviour(measured, mos_range=(-100.0, 0.0))
    assert (result.scenes, result.missing) == (2, 0)
    assert result.discriminability.value == 1.0
    for name in ("gaussian_blur", "white_noise", "jpeg", "brighten", "color_block"):
        assert result.bank.by_type[name] == pytest.approx(1.0)
    assert result.waterloo.value > 0.95
    assert result.pairwise.value > 0.9
    assert result.inverted == 0.0
    assert result.changes["noise of one level"].mean == pytest.approx(1.0, abs=0.1)
    assert result.changes["noise of one level"].shift < 0
    assert result.changes["flip"].mean > 10
    assert np.isnan(result.changes["half size"].mean)
    assert set(result.summary()["changes"]) == set(CHANGES)


def test_shapes_and_full_reference(measured):
    assert measured.bank.shape == (2, TYPES, 5)
    assert measured.waterloo.shape == (2, len(WATERLOO), 5)
    assert set(measured.full_reference) == set(FULL_REFERENCE)
    np.testing.assert_array_equal(measured.pristine, 0.0)
    # A perfect copy has MS-SSIM 1.
    similarity = measured.full_reference["MS-SSIM"].distorted
    assert np.all(similarity[..., -1] < similarity[..., 0] - 0.1)


def test_types_without_an_order_are_left_out():
    assert "mean_shift" not in ORDERED
    assert "contrast" not in ORDERED
    assert set(ORDERED) < set(DISTORTIONS)


def test_scenes_are_stretched_once():
    first = stretched(scene(0))
    assert (first.min(), first.max()) == (0, 255)
    np.testing.assert_array_equal(stretched(first), first)


def test_versions_repeat_and_depend_on_the_seed():
    picture = stretched(scene(0))
    one, again, other = (
        versions(picture, "white_noise", (seed, 0)) for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(one, again)
    assert np.any(one != other)


def random_scores(seed=0):
    rng = np.random.default_rng(seed)
    shape = (SCENES, len(WATERLOO), 5)
    return material.Scores(
        pristine=rng.normal(1, 1, SCENES),
        bank=rng.normal(0, 1, (SCENES, TYPES, 5)),
        waterloo=rng.normal(0, 1, shape),
        changed={"flip": rng.normal(0, 1, SCENES)},
        full_reference={
            name: VersionScores(
                np.full(SCENES, perfect), perfect - rng.uniform(0, 1, shape)
            )
            for name, (_, perfect) in FULL_REFERENCE.items()
        },
    )


def test_numbers_are_those_of_plain_loops():
    scores = random_scores()
    result = behaviour(scores, mos_range=(-2.0, 3.0))
    ranks = [
        stats.spearmanr(levels, [5, 4, 3, 2, 1]).statistic
        for one in scores.bank
        for levels in one
    ]
    assert result.bank.value == pytest.approx(np.mean(ranks))
    above = [
        scores.bank[i, j, 4] >= scores.pristine[i]
        for i in range(SCENES)
        for j in range(TYPES)
    ]
    assert result.inverted == pytest.approx(np.mean(above))
    steps = 20 * (scores.changed["flip"] - scores.pristine)
    assert result.changes["flip"].mean == pytest.approx(np.mean(np.abs(steps)))
    assert result.changes["flip"].shift == pytest.approx(np.mean(steps))
    worst = min(result.bank.by_type.values())
    assert result.summary()["l_bank_worst"] == worst
    assert result.bank.by_type[result.summary()["l_bank_worst_type"]] == worst


def test_what_has_no_score_is_left_out():
    scores = random_scores()
    scores.pristine[0] = np.nan
    scores.bank[1, 2, 4] = np.nan
    result = behaviour(scores, mos_range=(0.0, 1.0))
    assert (result.scenes, result.missing) == (SCENES - 1, 1)
    rest = inversions(scores.pristine[1:], scores.bank[1:, :, -1])
    assert result.inverted == pytest.approx(np.nanmean(rest))
    assert np.isnan(rest[0, 2])


def test_a_tie_is_an_inversion():
    result = inversions(np.array([1.0, 1.0, 1.0]), np.array([[1.0], [0.5], [2.0]]))
    assert result.ravel().tolist() == [1.0, 0.0, 1.0]


def test_refuses_an_empty_range_and_no_scenes():
    with pytest.raises(ValueError, match=r"mos_range=\(1.0, 1.0\)"):
        behaviour(random_scores(), mos_range=(1.0, 1.0))
    with pytest.raises(ValueError, match="Received: none"):
        material.measure(lambda picture: 0.0, [])
