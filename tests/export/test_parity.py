"""Tests of the gate of the exports."""

import keras
import numpy as np
import pytest
from PIL import Image

from tests.toy_scorer import picture
from tests.toy_scorer import toy_scorer
from tfiqa.export import parity
from tfiqa.export import saved_model
from tfiqa.export import target
from tfiqa.export import tflite
from tfiqa.export.module import Exported


@pytest.fixture(scope="module")
def scorer():
    return toy_scorer()


@pytest.fixture(scope="module")
def run(scorer):
    return Exported(scorer).__call__


PICTURES = [picture(0), picture(5), picture(3, 9, 9), np.full((8, 8, 3), 7, "uint8")]


def test_tells_the_largest_difference_as_a_share_of_the_range(scorer, run):
    found = parity.verify(scorer, lambda x: run(x) + 0.3, pictures=PICTURES, bound=0.01)
    assert found.largest == pytest.approx(0.003, rel=1e-3)
    assert found.pictures == 4
    assert found.spread > 0.1


@pytest.mark.parametrize(
    "fault",
    [
        lambda mos: mos + 0.002,
        lambda mos: np.nan_to_num(mos),
        lambda mos: mos * np.where(np.arange(len(mos)) == 1, 1.001, 1)[:, None],
        lambda mos: mos * np.nan,
        lambda mos: mos[:, 0],
    ],
    ids=["offset", "flat gets a score", "second of a batch", "all NaN", "shape"],
)
def test_faults_are_refused(scorer, run, fault):
    with pytest.raises(parity.Disagreement):
        parity.verify(
            scorer, lambda x: fault(run(x).numpy()), pictures=PICTURES, bound=1e-5
        )


def test_every_way_to_call_the_export_is_compared(scorer, run):
    ways = run, lambda x: run(x) + 0.3
    found = parity.verify(scorer, *ways, pictures=PICTURES, bound=0.01)
    assert found.largest == pytest.approx(0.003, rel=1e-3)


@pytest.mark.parametrize("pictures", [[picture(1)] * 3, [PICTURES[3]], []])
def test_pictures_that_score_alike_are_refused(scorer, run, pictures):
    with pytest.raises(ValueError, match="scores differ visibly"):
        parity.verify(scorer, run, pictures=pictures, bound=1e-5)


@pytest.mark.parametrize(
    ("exporter", "name"), [(saved_model, "model"), (tflite, "a.tflite")]
)
def test_nothing_is_left_of_an_export_that_disagrees(
    scorer, tmp_path, monkeypatch, exporter, name
):
    monkeypatch.setattr(exporter, "Exported", lambda scorer: Exported(halved(scorer)))
    with pytest.raises(parity.Disagreement):
        exporter.export(scorer, tmp_path / name)
    assert not list(tmp_path.iterdir())


def halved(scorer):
    copy = keras.models.clone_model(scorer)
    copy.set_weights([weight / 2 for weight in scorer.get_weights()])
    return copy


@pytest.mark.parametrize(
    ("exporter", "name"), [(saved_model, "model"), (tflite, "a.tflite")]
)
def test_scorers_that_see_every_pixel_export_too(tmp_path, exporter, name):
    found = exporter.export(toy_scorer(coverage="full"), tmp_path / name)
    assert found.largest < 1e-6
    assert (tmp_path / name).exists()


def test_generated_pictures_differ(scorer):
    pictures = parity.generated_pictures(min_side=60)
    assert min(min(p.shape[:2]) for p in pictures) == 60
    assert min(min(p.shape[:2]) for p in parity.generated_pictures()) < 48
    again = parity.generated_pictures(min_side=60)
    assert all(np.array_equal(a, b) for a, b in zip(pictures, again, strict=True))
    means = [np.abs(np.diff(p.astype(float), axis=0)).mean() for p in pictures]
    assert max(means) > 10 * sorted(means)[1] > 0


def test_pictures_of_a_folder(tmp_path):
    for seed in (2, 1):
        Image.fromarray(picture(seed)).save(tmp_path / f"{seed}.png")
    found = parity.pictures_of(tmp_path)
    assert [np.array_equal(p, picture(s)) for p, s in zip(found, (1, 2), strict=True)]
    assert len(parity.pictures_of(tmp_path, most=1)) == 1


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(ValueError, match=str(tmp_path)):
        parity.pictures_of(tmp_path)


def test_targets_are_replaced_only_when_asked(tmp_path):
    file = tmp_path / "a.tflite"
    file.write_text("old")
    with (
        pytest.raises(FileExistsError, match="--overwrite"),
        target.replacing(file, overwrite=False),
    ):
        pass
    with target.replacing(file, overwrite=True) as partial:
        partial.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_only_saved_models_are_replaced(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "mine.jpg").touch()
    with (
        pytest.raises(FileExistsError, match="A SavedModel is expected"),
        target.replacing(folder, overwrite=True),
    ):
        pass
    (folder / "saved_model.pb").touch()
    with target.replacing(folder, overwrite=True) as partial:
        partial.mkdir()
    assert not list(folder.iterdir())


def test_an_error_leaves_the_old_target(tmp_path):
    file = tmp_path / "a.tflite"
    file.write_text("old")

    def fail():
        with target.replacing(file, overwrite=True) as partial:
            partial.write_text("new")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
