"""Lists of images by name, in CSV files such as those that authors publish."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from pathlib import PurePosixPath

import numpy as np

from tfiqa.files.csv_rows import open_csv

# Columns that hold names, in order of preference; `im_loc` is that of contentsep's
# lists.
COLUMNS = (
    *("image_id", "image", "image_name", "im_loc", "file_name", "filename", "name"),
    "path",
)


def read_names(path: str | os.PathLike[str]) -> list[str]:
    """Returns the names in a CSV file with one of `COLUMNS`, or with one name a line.

    Raises:
        ValueError: If there is no such file, no such column, or no name.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(
            f"A CSV file with the names of images is expected. Received: {path}"
        )
    with open_csv(path) as file:
        rows = [row for row in csv.reader(file) if any(row)]
    heading = [cell.strip().lower() for cell in rows[0]] if rows else []
    column = next((heading.index(name) for name in COLUMNS if name in heading), None)
    if column is not None:
        names = [row[column].strip() for row in rows[1:] if len(row) > column]
    elif len(heading) == 1:
        names = [row[0].strip() for row in rows]
    else:
        raise ValueError(
            f"A CSV file with one of the columns {', '.join(COLUMNS)}, or with one "
            f"name a line, is expected. Received: {path}, whose first line is {heading}"
        )
    names = [name for name in names if name]
    if not names:
        raise ValueError(f"Names of images are expected. Received: {path} without any")
    return names


def positions(names: Iterable[str], ids: Iterable[str]) -> tuple[np.ndarray, int]:
    """Returns the ascending positions of the named ids, and how many names match none.

    A name matches an id that is equal, or else the only one with the same name without
    folders and suffix.
    """
    ids = list(ids)
    exact = {name: position for position, name in enumerate(ids)}
    stems: dict[str, list[int]] = {}
    for position, name in enumerate(ids):
        stems.setdefault(PurePosixPath(name).stem, []).append(position)
    found, missing = set(), 0
    for name in names:
        alike = stems.get(PurePosixPath(name).stem, [])
        if name in exact:
            found.add(exact[name])
        elif len(alike) == 1:
            found.add(alike[0])
        else:
            missing += 1
    return np.array(sorted(found), np.int64), missing
