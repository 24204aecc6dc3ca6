"""KADID-10k: types by number, and what its columns mean."""

import csv
import shutil

import numpy as np
import pytest

from tfiqa.datasets.kadid10k import kadid10k_dataset_builder
from tfiqa.datasets.kadid10k.kadid10k_dataset_builder import examples
from tfiqa.distortions import DISTORTIONS


def test_reads_everything_but_the_references(published_folder):
    rows = examples(published_folder("kadid10k"))
    names = [row["image_id"] for row in rows[:2]]
    assert names == ["I01_01_03.png", "I01_25_03.png"]
    assert [row["distortion"] for row in rows[:2]] == ["gaussian_blur", "contrast"]
    assert (rows[-1]["reference_id"], rows[-1]["level"]) == ("I04", 3)
    assert (rows[-1]["mos"], rows[-1]["mos_std"]) == (3.0, 0.7)


def test_types_are_those_of_the_bank():
    bank = sorted(DISTORTIONS, key=lambda name: DISTORTIONS[name].number)
    assert list(kadid10k_dataset_builder.DISTORTIONS) == bank


def test_reads_the_real_table(metadata, touch):
    real = metadata / "kadid10k" / "dmos.csv"
    with real.open(newline="") as file:
        table = list(csv.DictReader(file))
    folder = touch(f"images/{row['dist_img']}" for row in table)
    touch(f"images/{row['ref_img']}" for row in table)
    shutil.copy(real, folder)
    rows = examples(folder)
    assert len(rows) == 10_125
    assert len({row["reference_id"] for row in rows}) == 81
    kinds = {(row["distortion"], row["level"]) for row in rows}
    assert len(kinds) == 25 * 5
    scores = np.array([row["mos"] for row in rows])
    assert (scores.min(), scores.max()) == (1.0, 4.93)

    # Higher is better: faint blur scores above severe blur.
    def mean(level):
        return np.mean(
            [
                row["mos"]
                for row in rows
                if (row["distortion"], row["level"]) == ("gaussian_blur", level)
            ]
        )

    assert mean(1) > mean(3) > mean(5)
    # Standard deviations: none of ratings 1 to 5 with that mean can be less.
    share = scores % 1
    least = np.sqrt(share * (1 - share))
    stds = np.array([row["mos_std"] for row in rows])
    clear = share * (1 - share) > 0.05
    assert (stds[clear] > 0.97 * least[clear]).all()
    assert (stds[clear] < 1.01 * least[clear]).any()


def test_other_names_are_refused(published_folder):
    folder = published_folder("kadid10k")
    table = folder / "dmos.csv"
    table.write_text(table.read_text().replace("I02_25_03.png", "I02_26_03.png"))
    with pytest.raises(ValueError, match=r"'I02_26_03\.png'"):
        examples(folder)
