"""LIVE Image Quality Assessment Database, release 2, with realigned DMOS."""

from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

# The tables list the images folder by folder, in this order.
FOLDERS = {"jp2k": 227, "jpeg": 233, "wn": 174, "gblur": 174, "fastfading": 174}
SCORES, REFERENCES = "dmos_realigned.mat", "refnames_all.mat"
# Nominally 0 to 100; realignment went a little beyond.
SCALE = (-3.0, 112.0)


class Builder(DatabaseBuilder):
    """Builds one part `train`, in published order, without the pristine copies."""

    FACTS = Facts(
        title="LIVE",
        year=2006,
        url="https://live.ece.utexas.edu/research/Quality/subjective.htm",
        images=779,
        contents=29,
        distortions="5 types",
        ratings="23",
        environment="laboratory",
        unit="realigned DMOS",
        range=SCALE,
        higher_is_better=False,
    )
    KEYS = ("mos", "mos_std", "reference_id", "distortion")
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Request release 2 of the LIVE Image Quality Assessment Database at
    https://live.ece.utexas.edu/research/Quality/subjective.htm and extract it, so that
    the folder (`databaserelease2/`) holds

    - `jp2k/`, `jpeg/`, `wn/`, `gblur/`, `fastfading/`: `img1.bmp` and so on (227, 233,
      174, 174 and 174 images);
    - `dmos_realigned.mat` and `refnames_all.mat`.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return {"train": examples(folder)}


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples, without the 203 copies of pristine images.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, [*FOLDERS, SCORES, REFERENCES])
    columns = {
        "dmos_new": tables.read_mat(folder / SCORES, "dmos_new"),
        "dmos_std": tables.read_mat(folder / SCORES, "dmos_std"),
        "orgs": tables.read_mat(folder / SCORES, "orgs"),
        "refnames_all": tables.read_mat(folder / REFERENCES, "refnames_all"),
    }
    lengths = {key: len(column) for key, column in columns.items()}
    if set(lengths.values()) != {sum(FOLDERS.values())}:
        raise ValueError(
            f"Columns of {sum(FOLDERS.values())} rows are expected. Received: {lengths}"
        )
    names = [
        f"{kind}/img{number}.bmp"
        for kind, count in FOLDERS.items()
        for number in range(1, count + 1)
    ]
    rows = [
        {
            "image_id": name,
            "mos": float(dmos),
            "mos_std": float(std),
            "reference_id": str(reference),
            "distortion": name.split("/")[0],
        }
        for name, dmos, std, _, reference in zip(names, *columns.values(), strict=True)
    ]
    files = {
        f"{kind}/{name}": path
        for kind in FOLDERS
        for name, path in published.images(folder / kind).items()
    }
    paired = published.paired(rows, files, scores=SCALE)
    copies = columns["orgs"]
    return [row for row, copy in zip(paired, copies, strict=True) if not copy]
