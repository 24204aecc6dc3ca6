"""ImageNet (ILSVRC 2012): the images, without labels, as TFDS reads them."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

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

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        published.first(dl_manager.manual_dir, ARCHIVES)
        original = imagenet2012_dataset_builder.Builder(data_dir=self.data_dir)
        return {
            str(part.name): self._generate_examples(
                _mapped(original._generate_examples(**part.gen_kwargs))
            )
            for part in original._split_generators(dl_manager)
        }


def _mapped(examples: Iterable[tuple[str, dict]]) -> Iterator[dict[str, Any]]:
    for _, example in examples:
        yield {"image": example["image"], "image_id": example["file_name"]}
