"""LIVE in the Wild Image Quality Challenge Database (CLIVE), and its MOS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
import tensorflow_datasets as tfds

from .. import published

# The first rows are the pictures on which the raters practised.
TRAINING_PICTURES = 7
TABLES = {
    "AllImages_release": "Data/AllImages_release.mat",
    "AllMOS_release": "Data/AllMOS_release.mat",
    "AllStdDev_release": "Data/AllStdDev_release.mat",
}


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds one part `train`, in published order."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "The published release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Ask for LIVE in the Wild at https://live.ece.utexas.edu/research/ChallengeDB/ and
    extract it, so that the folder (`ChallengeDB_release/`) holds

    - `Images/`: 1,162 pictures, and the folder `trainingImages/`, which is not read;
    - `Data/AllImages_release.mat`, `Data/AllMOS_release.mat` and
      `Data/AllStdDev_release.mat`.
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "image_id": tfds.features.Text(),
                    "mos": tfds.features.Scalar(np.float32),
                    "mos_std": tfds.features.Scalar(np.float32),
                }
            ),
            metadata=tfds.core.MetadataDict(
                higher_is_better=True,
                range=[0.0, 100.0],
                unit="MOS, 0 to 100",
                published_pictures=1_162,
            ),
            disable_shuffling=True,  # the published order
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        rows = examples(Path(dl_manager.manual_dir))
        return {"train": self._generate_examples(rows)}

    def _generate_examples(
        self, rows: list[dict[str, Any]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from enumerate(rows)


def examples(folder: Path) -> list[dict[str, Any]]:
    """Returns the examples, without the seven training pictures.

    Raises:
        ValueError: If the folder is not as published.
    """
    published.require(folder, ["Images", *TABLES.values()])
    columns = {key: _column(folder / file, key) for key, file in TABLES.items()}
    lengths = {key: len(column) for key, column in columns.items()}
    if len(set(lengths.values())) > 1 or min(lengths.values()) <= TRAINING_PICTURES:
        raise ValueError(
            f"Tables of one length, more than {TRAINING_PICTURES}, are expected. "
            f"Received: {lengths}"
        )
    rows = [
        {"image_id": str(name), "mos": float(mos), "mos_std": float(std)}
        for name, mos, std in zip(*columns.values(), strict=True)
    ][TRAINING_PICTURES:]
    practised = {str(name) for name in columns["AllImages_release"][:TRAINING_PICTURES]}
    files = published.pictures(folder / "Images")
    files = {name: file for name, file in files.items() if name not in practised}
    return published.paired(rows, files, scores=(0.0, 100.0))


def _column(path: Path, key: str) -> list[Any]:
    """Returns a MATLAB vector, or cell array of strings, whichever way it lies."""
    contents = scipy.io.loadmat(path)
    if key not in contents:
        found = [name for name in contents if not name.startswith("__")]
        raise ValueError(
            f"The variable {key!r} is expected in {path.name}. Received: {found}"
        )
    cells = contents[key].ravel()
    if cells.dtype == object:
        return [str(np.squeeze(cell)) for cell in cells]
    return cells.tolist()
