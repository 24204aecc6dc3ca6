"""The request to prepare a dataset."""

import os
from dataclasses import dataclass

from tfiqa.data.beam_options import BeamOptions


@dataclass(frozen=True)
class PreparationRequest:
    """A dataset to prepare; see `prepare_dataset`.

    Attributes:
        name: One of `data.names()`, optionally followed by a slash and a configuration
            or a name of your own: `"synthetic_iqa/scenes_4"`, `"mos_folder/holidays"`.
        manual_dir: Folder of the published files.
        data_dir: Folder of prepared datasets; the default of TensorFlow Datasets when
            None.
        overwrite: Whether to build it again if it exists.
        beam: Where a pipeline of Apache Beam builds it; this process does when None.
    """

    name: str
    manual_dir: str | os.PathLike[str] | None = None
    data_dir: str | os.PathLike[str] | None = None
    overwrite: bool = False
    beam: BeamOptions | None = None
