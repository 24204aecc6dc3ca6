"""CERTH image blur dataset: sharp and blurred photographs, without scores."""

from pathlib import Path
from typing import Any

from .. import published
from .. import tables
from ..database import DatabaseBuilder
from ..database import Facts

SHARP, NATURAL, ARTIFICIAL = "none", "natural_blur", "artificial_blur"
TRAINING = {
    "TrainingSet/Undistorted": SHARP,
    "TrainingSet/Naturally-Blurred": NATURAL,
    "TrainingSet/Artificially-Blurred": ARTIFICIAL,
}
# The kind of blur in each folder; a spreadsheet says which of its images are blurred.
EVALUATION = {
    "EvaluationSet/NaturalBlurSet": NATURAL,
    "EvaluationSet/DigitalBlurSet": ARTIFICIAL,
}


class Builder(DatabaseBuilder):
    """Builds the parts `train` (the training set) and `test` (the evaluation set)."""

    FACTS = Facts(
        title="CERTH image blur",
        year=2013,
        url="https://mklab.iti.gr/results/certh-image-blur-dataset/",
        images=2_480,
        distortions="authentic and artificial blur",
        parts={"train": 1_000, "test": 1_480},
    )
    KEYS = ("distortion",)
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Download the CERTH image blur dataset from
    https://mklab.iti.gr/results/certh-image-blur-dataset/ and extract it, so that the
    folder (`CERTH_ImageBlurDataset/`) holds

    - `TrainingSet/` with `Undistorted/`, `Naturally-Blurred/`, `Artificially-Blurred/`;
    - `EvaluationSet/` with `NaturalBlurSet/`, `DigitalBlurSet/` and optionally the
      spreadsheets of the same names (`.xlsx`), which say which images are blurred.
    """

    def examples(self, folder: Path) -> dict[str, list[dict[str, Any]]]:
        return examples(folder)


def examples(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Returns the examples of both parts.

    Raises:
        ValueError: If the folder is not as published.
        ModuleNotFoundError: If a spreadsheet exists and cannot be read.
    """
    published.require(folder, [*TRAINING, *EVALUATION])
    return {
        "train": [
            {**row, "distortion": kind}
            for name, kind in TRAINING.items()
            for row in published.unscored(folder / name, prefix=name)
        ],
        "test": [
            row
            for name, kind in EVALUATION.items()
            for row in _evaluation(folder, name, kind)
        ],
    }


def _evaluation(folder: Path, name: str, kind: str) -> list[dict[str, Any]]:
    rows = list(published.unscored(folder / name, prefix=name))
    sheet = folder / f"{name}.xlsx"
    kinds = {}
    if sheet.exists():
        kinds = {
            Path(str(cells[0]).strip()).stem: kind if cells[1] > 0 else SHARP
            for cells in tables.sheet_rows(sheet)
            if len(cells) > 1 and isinstance(cells[1], int | float)
        }
    return [
        {**row, "distortion": kinds.get(Path(row["image_id"]).stem, "")} for row in rows
    ]
