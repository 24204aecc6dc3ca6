"""What the builders of published databases share.

A builder states `FACTS`, the keys of its examples, and how `examples` reads a folder.
Records keep their published order. Images are passed as paths, so that the published
bytes are stored untouched.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

FEATURES = {
    "mos": tfds.features.Scalar(np.float32),
    "mos_std": tfds.features.Scalar(np.float32),
    "reference_id": tfds.features.Text(),
    "distortion": tfds.features.Text(),
    "level": tfds.features.Scalar(np.int32),
}


Row = dict[str, Any]
# Makes the examples of one row. A function of a module, which workers can import.
Make = Callable[[Row], Iterable[Row]]
Steps = tuple[Iterable[Row], Make | None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Facts:
    """What is published about a database.

    Attributes:
        title: Its name.
        year: Year of publication.
        url: Where to get it.
        images: Number of examples in the complete database.
        contents: Number of reference contents; None where each image is its own.
        distortions: What was done to the images.
        ratings: Number of ratings per image.
        environment: Where people rated: laboratory or crowdsourcing.
        unit: Unit of the scores; empty if there are none.
        range: The lowest and the highest possible score.
        higher_is_better: Direction of the published scores.
        rates_quality: Whether the scores rate quality. If they rate something else,
            such as beauty, nothing is tested on them, and all images serve as unlabeled
            ones.
        parts: Official parts and their sizes, None where those are not published.
        other: Further entries of the metadata.
    """

    title: str
    year: int
    url: str
    images: int
    contents: int | None = None
    distortions: str = "authentic"
    ratings: str = ""
    environment: str = ""
    unit: str = ""
    range: tuple[float, float] | None = None
    higher_is_better: bool = True
    rates_quality: bool = True
    parts: dict[str, int | None] = dataclasses.field(default_factory=dict)
    other: dict[str, Any] = dataclasses.field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        """Returns what is stored beside the examples."""
        scores = {}
        if self.range is not None:
            scores = {
                "higher_is_better": self.higher_is_better,
                "range": list(self.range),
                "unit": self.unit,
            }
        return {**scores, "published_pictures": self.images, **self.other}


class DatabaseBuilder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Builds the parts that `examples` returns, in published order.

    Attributes:
        FACTS: What is published about the database.
        KEYS: Keys of the examples besides `image` and `image_id`.
        VECTORS: Keys of float32 vectors in the examples, with their lengths.
        on_beam: Whether examples are built in a pipeline of Apache Beam. They, their
            ids and their order are the same.
    """

    on_beam = False

    def __init_subclass__(cls, **kwargs):
        # TFDS has datasets of the same names, such as `coco`. Ours are kept apart; see
        # `tfiqa.data.builders`.
        super().__init_subclass__(skip_registration=True, **kwargs)

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "The published release."}
    FACTS: Facts
    KEYS: tuple[str, ...] = ()
    VECTORS: dict[str, int] = {}

    @property
    def facts(self) -> Facts:
        """What is published about the chosen configuration."""
        return self.FACTS

    @property
    def growth(self) -> float:
        """Bytes stored for each byte of the source."""
        return 1.0

    def examples(self, folder: Path) -> dict[str, Iterable[dict[str, Any]]]:
        """Returns the examples of each part.

        Raises:
            ValueError: If the folder is not as published.
        """
        raise NotImplementedError

    def steps(self, folder: Path) -> dict[str, Steps]:
        """Returns how the examples of each part are made, for Apache Beam.

        Raises:
            ValueError: If the folder is not as published.
        """
        return {part: (rows, None) for part, rows in self.examples(folder).items()}

    def _info(self) -> tfds.core.DatasetInfo:
        features = {
            "image": tfds.features.Image(shape=(None, None, 3)),
            "image_id": tfds.features.Text(),
            **{key: FEATURES[key] for key in self.KEYS},
            **{
                key: tfds.features.Tensor(shape=(length,), dtype=np.float32)
                for key, length in self.VECTORS.items()
            },
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features),
            metadata=tfds.core.MetadataDict(self.facts.metadata()),
            homepage=self.FACTS.url,
            disable_shuffling=True,  # the published order
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        folder = Path(dl_manager.manual_dir)
        if self.on_beam:
            from .on_beam import Examples  # It imports Apache Beam.

            return {
                part: Examples(rows, make)
                for part, (rows, make) in self.steps(folder).items()
            }
        parts = self.examples(folder)
        return {part: self._generate_examples(rows) for part, rows in parts.items()}

    def _generate_examples(
        self, rows: Iterable[dict[str, Any]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        yield from enumerate(rows)


class PristineOrDistorted(DatabaseBuilder):
    """Builds one part `train`: pristine images, or distorted versions made of them.

    The configuration, `pristine` or `distorted`, chooses between them.

    Attributes:
        DISTORTED_IMAGES: Number of distorted versions in the complete database.
        GROWTH: Bytes of the versions for each byte of the source.
    """

    KEYS = ("reference_id", "distortion", "level")
    DISTORTED_IMAGES: int
    GROWTH: float

    def rows(self, folder: Path) -> Iterable[Row]:
        """Returns what one pristine image after another is known by.

        Raises:
            ValueError: If the folder is not as published.
        """
        raise NotImplementedError

    def make(self) -> Make | None:
        """Returns the function from a row to its examples; None if it is its own."""
        raise NotImplementedError

    def examples(self, folder: Path) -> dict[str, Iterable[Row]]:
        rows, make = self.rows(folder), self.make()
        if make is None:
            return {"train": iter(rows)}
        return {"train": (example for row in rows for example in make(row))}

    def steps(self, folder: Path) -> dict[str, Steps]:
        return {"train": (self.rows(folder), self.make())}

    @property
    def facts(self) -> Facts:
        if self.is_distorted:
            return dataclasses.replace(self.FACTS, images=self.DISTORTED_IMAGES)
        return self.FACTS

    @property
    def growth(self) -> float:
        return self.GROWTH if self.is_distorted else 1.0

    @property
    def is_distorted(self) -> bool:
        """Whether the configuration is `distorted`."""
        return self.builder_config.name == "distorted"
