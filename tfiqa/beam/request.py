"""Requests to score or to describe images on Beam; without heavy imports, for flags."""

import dataclasses

from tfiqa.beam.settings import Settings
from tfiqa.data.beam_options import BeamOptions

FORMATS = ("parquet", "csv", "jsonl", "tfrecord")
INPUT_KINDS = ("auto", "images", "list", "tfrecord", "parquet")


@dataclasses.dataclass(frozen=True)
class BeamRequest:
    """What to process, with which model, and where.

    Attributes:
        inputs: Images, folders, patterns, lists of paths, files of records, and
            datasets as `tfds:NAME[:SPLIT]`.
        output: The output folder, local or on any file system of Beam.
        settings: The model, and how it is applied.
        options: Where the pipeline runs.
        form: Format of the rows, one of `FORMATS`.
        kind: How input files are read, one of `INPUT_KINDS`.
        image_column: Column of encoded images; a usual name when None.
        key_column: Column of keys; `FILE#INDEX` is the key when None.
        data_dir: Folder of prepared datasets; the default of TFDS when None.
        shard_size: Mean number of images in a shard of single images.
        keep: Condition on the columns of a row; see `decisions.expression`.
        hidden: Whether hidden files of folders are processed.
        follow_links: Whether links to folders are followed.
        large_model: Whether all processes of a machine share one copy of the model.
    """

    inputs: tuple[str, ...]
    output: str
    settings: Settings
    options: BeamOptions = dataclasses.field(default_factory=BeamOptions)
    form: str = "parquet"
    kind: str = "auto"
    image_column: str | None = None
    key_column: str | None = None
    data_dir: str | None = None
    shard_size: int = 500
    keep: str | None = None
    hidden: bool = False
    follow_links: bool = False
    large_model: bool = False
