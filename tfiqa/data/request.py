"""What is asked for when a dataset is prepared."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class PreparationRequest:
    """A dataset to prepare; see `prepare_dataset`.

    Attributes:
        name: One of `data.names()`, perhaps with a configuration or a name of your own
            behind a slash: `"synthetic_iqa/scenes_4"`, `"mos_folder/holidays"`.
        manual_dir: Where the published files are.
        data_dir: Where prepared datasets are; the default of TensorFlow Datasets when
            None.
        overwrite: Whether to build it again if it is there.
    """

    name: str
    manual_dir: str | os.PathLike[str] | None = None
    data_dir: str | os.PathLike[str] | None = None
    overwrite: bool = False
