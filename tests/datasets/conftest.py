"""Small databases in their published layouts."""

import csv

import numpy as np
import pytest
import scipy.io
from PIL import Image

PUBLISHED = {
    "biq2021": "write_biq2021",
    "clive": "write_clive",
    "koniq10k": "write_koniq10k",
    "mos_folder": "write_mos_folder",
}


@pytest.fixture(scope="session")
def write_published():
    """Returns a function from a name and a folder: writes a tiny such database.

    Pictures alone are written for those without an entry in `PUBLISHED`.
    """

    def write(name, folder):
        folder.mkdir(parents=True, exist_ok=True)
        globals()[PUBLISHED.get(name, "write_pictures")](folder)
        return folder

    return write


def write_picture(path, number):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (16, 24, 3), np.uint8)
    Image.fromarray(pixels).save(path)


def write_table(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def write_pictures(folder):
    for number in range(3):
        write_picture(folder / "below" / f"{number}.png", number)


def write_biq2021(folder):
    names = [f"ss0{k % 3} ({k}).jpg" for k in range(12)]
    for number, name in enumerate(names):
        # As published: a name whose case differs from its row.
        on_disk = name.replace(".jpg", ".JPG") if number == 4 else name
        write_picture(folder / "Images" / on_disk, number)
    rows = [[name, f"{0.05 * k:.4f}"] for k, name in enumerate(names)]
    train = [["Image Name", "MOS", "", ""], *([*row, "", ""] for row in rows[:9])]
    write_table(folder / "Train (Images and MOS).csv", train)
    write_table(
        folder / "Test (Images and MOS).csv", [["Image Name", "MOS"], *rows[9:]]
    )


def write_koniq10k(folder):
    header = [*("image_name", "c1", "c2", "c3", "c4", "c5", "c_total"), "MOS", "SD"]
    parts = ["training"] * 5 + ["validation"] * 2 + ["test"] * 3
    rows = []
    for number, part in enumerate(parts):
        name = f"{10_000 + number}.jpg"
        write_picture(folder / "512x384" / name, number)
        shares = ["0.0", "0.1", "0.2", "0.3", "0.4"]
        rows.append([name, *shares, "100", f"{9 * number + 4.5}", "0.5", part])
    table = folder / "koniq10k_distributions_sets.csv"
    write_table(table, [[*header, "set"], *rows])


def write_clive(folder):
    names = [f"t{k}.bmp" for k in range(1, 8)] + [f"{k}.bmp" for k in range(1, 11)]
    for number, name in enumerate(names[7:]):
        write_picture(folder / "Images" / name, number)
    write_picture(folder / "Images" / "trainingImages" / "t1.bmp", 99)
    (folder / "Data").mkdir()
    cells = np.empty((len(names), 1), object)  # a column of strings
    cells[:, 0] = names
    tables = {
        "AllImages_release": cells,
        "AllMOS_release": np.linspace(3, 92, len(names))[None],  # a row
        "AllStdDev_release": np.linspace(10, 20, len(names))[None],
    }
    for key, values in tables.items():
        scipy.io.savemat(folder / "Data" / f"{key}.mat", {key: values})


def write_mos_folder(folder):
    rows = [["image", "mos", "reference", "mos_std", "distortion", "level"]]
    for number in range(12):
        name = f"scene {number // 3}/{number % 3}.png"
        write_picture(folder / "images" / name, number)
        rows.append([name, number / 4, number // 3, 0.5, "blur", number % 3])
    write_table(folder / "mos.csv", rows)
