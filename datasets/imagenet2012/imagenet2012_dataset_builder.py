"""ImageNet (ILSVRC 2012): the images, without labels, as TFDS reads them."""

from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import BinaryIO

import tensorflow_datasets as tfds
from tensorflow_datasets.datasets.imagenet2012 import imagenet2012_dataset_builder

from .. import published
from ..database import DatabaseBuilder
from ..database import Facts

ARCHIVES = (
    "ILSVRC2012_img_train.tar",
    "ILSVRC2012_img_val.tar",
    "ILSVRC2012_img_test.tar",
)


class Builder(DatabaseBuilder):
    """Maps the examples of the dataset `imagenet2012` of TFDS to our keys."""

    FACTS = Facts(
        title="ImageNet (ILSVRC 2012)",
        year=2012,
        url="https://image-net.org/download-images",
        images=1_431_167,
        parts={"train": 1_281_167, "validation": 50_000, "test": 100_000},
    )
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Register at https://image-net.org/download-images and put one or more of the
    archives `ILSVRC2012_img_train.tar`, `ILSVRC2012_img_val.tar` and
    `ILSVRC2012_img_test.tar` into the folder, not extracted.
    """

    def examples(self, folder: Path) -> dict[str, Iterable[dict[str, Any]]]:
        published.first(folder, ARCHIVES)
        original = imagenet2012_dataset_builder.Builder(data_dir=self.data_dir)
        return {
            str(part.name): _mapped(original._generate_examples(**part.gen_kwargs))
            for part in original._split_generators(_Archives(folder))
        }

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        self.on_beam = False  # One process reads an archive from begin to end.
        return super()._split_generators(dl_manager)


class _Archives:
    """What the builder of TFDS asks of a download manager.

    Args:
        manual_dir: Folder of the archives.
    """

    def __init__(self, manual_dir: Path):
        self.manual_dir = manual_dir

    def iter_archive(self, path: str) -> Iterator[tuple[str, BinaryIO]]:
        """Yields the files of an archive with their names."""
        return tfds.download.iter_archive(path, tfds.download.ExtractMethod.TAR)


def _mapped(examples: Iterable[tuple[str, dict]]) -> Iterator[dict[str, Any]]:
    for _, example in examples:
        yield {"image": example["image"], "image_id": example["file_name"]}
