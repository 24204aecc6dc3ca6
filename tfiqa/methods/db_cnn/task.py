"""What DB-CNN learns from scores, and the scorer of what it has learned."""

import dataclasses

import keras

from tfiqa.data.label_units import label_units
from tfiqa.data.load import Source
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.methods.db_cnn.config import Config
from tfiqa.models.db_cnn import build_scorer


@dataclasses.dataclass(frozen=True)
class Task:
    """Labeled images, and how DB-CNN learns from them.

    Attributes:
        config: Config of the method.
        train: Images to learn from.
        validation: Images that choose the epoch.
    """

    config: Config
    train: Source
    validation: Source

    @property
    def units(self) -> tuple[float, float]:
        """Scale and offset of the labels; see `label_units`."""
        return label_units(self.config.labels, self.train)

    def scorer(self, network: keras.Model) -> keras.Model:
        """Returns the scorer around a network, which shares its weights."""
        scale, offset = self.units
        facts = {"method": "db_cnn", "min_side": MIN_SIDE, **self.train.description()}
        return build_scorer(
            network,
            scale=scale,
            offset=offset,
            metadata=facts,
            tile_side=self.config.tile_side,
        )
