"""Tests of the comparison with reference pictures."""

import csv
import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.support.profiles import wide_profile
from tests.support.toy_scorer import METADATA
from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tests.support.toy_source import toy_source
from tfiqa import layers
from tfiqa.score import score
from tfiqa.scoring import ScoringRequest
from tfiqa.scoring import score_files
from tfiqa.scoring.heldout import heldout
from tfiqa.scoring.references import References
from tfiqa.scoring.references import check_references


@pytest.fixture(scope="module")
def scorer():
    """A scorer of full reference: minus the mean difference of the pixels."""
    both = [keras.Input((None, None, 3)) for _ in range(2)]
    differences = keras.ops.abs(both[0] - both[1])
    features = keras.layers.GlobalAveragePooling2D(name="features")(differences)
    head = keras.layers.Dense(1, kernel_initializer="ones", name="quality")
    mos = layers.MOS(scale=-1.0, offset=50.0, metadata=METADATA)
    return keras.Model(both, mos(head(features), both[0]), name="toy_reference")


@pytest.fixture
def folders(tmp_path):
    """Pictures, and references of some of them."""
    for name in ("in", "ref", "ref/below"):
        (tmp_path / name).mkdir()
    for index, name in enumerate(["a.png", "b.png", "c.png", "d.png"]):
        Image.fromarray(toy_image(index)).save(tmp_path / "in" / name)
    Image.fromarray(toy_image(0)).save(tmp_path / "ref" / "a.png")
    Image.fromarray(toy_image(7)).save(tmp_path / "ref" / "below" / "b.bmp")
    Image.fromarray(toy_image(7, 30, 56)).save(tmp_path / "ref" / "c.png")
    return tmp_path


def expected(one, other):
    return 50 - 3 * np.abs(one.astype("float64") - other).mean()


def scored(scorer, folder, reference):
    output = folder / "x.csv"
    request = ScoringRequest([str(folder / "in")], scorer, reference=reference)
    score(request, output=output)
    with output.open(newline="") as file:
        return list(csv.DictReader(file))


def test_references_of_a_folder_by_name(scorer, folders, capsys):
    rows = scored(scorer, folders, folders / "ref")
    assert [row["status"] for row in rows] == ["ok", "ok", "missing", "missing"]
    assert float(rows[0]["score"]) == 50  # The picture is its own reference.
    assert float(rows[1]["score"]) == pytest.approx(
        expected(toy_image(1), toy_image(7))
    )
    message = capsys.readouterr().err
    assert "shape (30, 56, 3)" in message
    assert "no reference d.png" in message


def test_one_reference_of_all(scorer, folders):
    rows = scored(scorer, folders, folders / "in" / "b.png")
    found = [float(row["score"]) for row in rows]
    wanted = [expected(toy_image(index), toy_image(1)) for index in range(4)]
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_a_dataset_by_reference_id(scorer, tmp_path):
    Image.fromarray(toy_image(0)).save(tmp_path / "scene.png")
    source = toy_source(10)
    named = source.examples.map(
        lambda row: {**row, "reference_id": tf.constant("scene")}
    )
    result = heldout(
        scorer,
        dataclasses.replace(source, examples=named),
        references=References(tmp_path),
        resamples=10,
    )
    wanted = [expected(toy_image(index), toy_image(0)) for index in range(10)]
    np.testing.assert_allclose(result.predictions, wanted, rtol=1e-4)


def test_scorers_and_references_must_belong_together(scorer, folders):
    references = References(folders / "ref")
    check_references(scorer, references)
    check_references(toy_scorer(), None)
    with pytest.raises(ValueError, match=r"--reference is expected"):
        check_references(scorer, None)
    with pytest.raises(ValueError, match=r"no --reference is expected"):
        check_references(toy_scorer(), references)


def test_references_that_are_not_there(tmp_path):
    with pytest.raises(ValueError, match=r"none\.png"):
        References(tmp_path / "none.png")
    with pytest.raises(ValueError, match=f"folder of them.*{tmp_path}"):
        References(tmp_path)


@pytest.mark.parametrize("icc", ["srgb", "ignore"])
def test_references_are_decoded_as_pictures_are(scorer, tmp_path, icc):
    for name in ("a.png", "ref.png"):
        image = Image.fromarray(toy_image(4))
        image.save(tmp_path / name, icc_profile=wide_profile())
    files = score_files(
        tmp_path / "a.png", scorer, reference=tmp_path / "ref.png", icc=icc
    )
    assert [row.score for row in files] == [50.0]
