"""A small prepared dataset of photographs that are none, with scores."""

from tests.support.toy_scorer import toy_image
from tests.support.toy_source import png
from tfiqa.data import prepared

NAME = "mos_folder/few"


def prepare_scored(folder, *, count=30):
    """Prepares `NAME` in a folder: brighter pictures have higher scores."""
    source = folder / "source"
    (source / "images").mkdir(parents=True)
    rows = ["image,mos"]
    for number in range(count):
        pixels = toy_image(number, 40, 48) // 2 + 4 * number
        (source / "images" / f"{number}.png").write_bytes(png(pixels))
        rows.append(f"{number}.png,{number}")
    (source / "mos.csv").write_text("\n".join([*rows, ""]))
    prepared.prepare_dataset(NAME, data_dir=folder, manual_dir=source)
    return folder
