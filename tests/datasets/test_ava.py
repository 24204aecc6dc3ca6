"""AVA: scores from histograms."""

import numpy as np
import pytest

from tests.datasets.layouts import write_lines
from tfiqa.datasets.ava.ava_dataset_builder import examples


def test_computes_mean_and_deviation_of_the_votes(published_folder):
    parts = examples(published_folder("ava"))
    # Two votes of 2, three of 5, one of 10.
    votes = [2, 2, 5, 5, 5, 10]
    (row,) = (row for row in parts["test"] if row["image_id"] == "95002.jpg")
    assert row["mos"] == pytest.approx(np.mean(votes))
    assert row["mos_std"] == pytest.approx(np.std(votes))
    np.testing.assert_allclose(
        row["mos_histogram"], np.array([0, 2, 0, 0, 3, 0, 0, 0, 0, 1]) / 6
    )


def test_divides_by_the_list(published_folder):
    folder = published_folder("ava")
    parts = examples(folder)
    names = [row["image_id"] for row in parts["test"]]
    assert names == ["95002.jpg", "95007.jpg"]
    (folder / "aesthetics_image_lists" / "generic_test.jpgl").unlink()
    assert len(examples(folder)["train"]) == len(parts["train"]) + 2 == 8


def test_pictures_without_votes_are_told(published_folder):
    folder = published_folder("ava")
    votes = {k: [0] * 10 if k == 3 else [k] * 10 for k in range(1, 9)}
    lines = [[k, 95_000 + k, *votes[k], 1, 22, 1396] for k in votes]
    write_lines(folder / "AVA.txt", lines)
    with pytest.raises(ValueError, match=r"score is not a number \('95003\.jpg'\)"):
        examples(folder)


def test_cut_lines_are_told(published_folder):
    folder = published_folder("ava")
    table = folder / "AVA.txt"
    table.write_text(table.read_text()[:-6])
    with pytest.raises(ValueError, match=r"15 words .* line 8 with 14"):
        examples(folder)
