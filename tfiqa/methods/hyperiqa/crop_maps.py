"""Maps of a frozen trunk for the crops of labeled images, computed once."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfiqa import trainers
from tfiqa.data.load import Source
from tfiqa.data.ops import decode_example
from tfiqa.layers import patches
from tfiqa.models import hyperiqa_head


@dataclasses.dataclass(frozen=True)
class CropMaps:
    """Flat maps of every crop of images, in blocks of images that stay on disk.

    Attributes:
        blocks: float16 `(images, crops, d)`; see `hyperiqa_head.flat`.
        shapes: Shape `(rows, columns, channels)` of each map.
    """

    blocks: Sequence[np.ndarray]
    shapes: Sequence[tuple[int, ...]]

    @property
    def count(self) -> int:
        """Number of images."""
        return sum(map(len, self.blocks))

    @property
    def per_image(self) -> int:
        """Number of crops of each image."""
        return self.blocks[0].shape[1]

    def take(self, images: np.ndarray, crops: np.ndarray) -> np.ndarray:
        """Returns the maps of the given crops of the given images, `(n, d)`."""
        ends = np.cumsum([len(block) for block in self.blocks])
        numbers = np.searchsorted(ends, images, side="right")
        starts = ends - [len(block) for block in self.blocks]
        rows = [
            self.blocks[number][image - starts[number], crop]
            for number, image, crop in zip(numbers, images, crops, strict=True)
        ]
        return np.stack(rows)

    def standards(self, images: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Returns mean and deviation of each channel of each map, over these images."""
        sums = [np.zeros((2, shape[-1])) for shape in self.shapes]
        cuts = np.cumsum([int(np.prod(shape)) for shape in self.shapes])[:-1]
        for image in images:
            one = self.take(np.full(self.per_image, image), np.arange(self.per_image))
            parts = np.split(one.astype(np.float32), cuts, axis=1)
            for total, part, shape in zip(sums, parts, self.shapes, strict=True):
                values = part.reshape(-1, shape[-1]).astype(np.float64)
                total += values.mean(axis=0), np.square(values).mean(axis=0)
        found = []
        for mean, square in (total / len(images) for total in sums):
            deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
            found.append((mean, np.maximum(deviation, 1e-3)))
        return found


def of_source(
    trunk: keras.Model, source: Source, run: trainers.Run, name: str, *, grid: int
) -> list[np.ndarray]:
    """Returns the blocks of `CropMaps` for the crops that a scorer cuts from images.

    Args:
        trunk: Model of `backbones.build_pooled`.
        source: Labeled images.
        run: Keeps the blocks in its folder, so that a resumed run reuses them.
        name: Name of these images within the run.
        grid: Number of crops along each side of an image.
    """
    size = trunk.input_shape[1]

    def read(image: np.ndarray) -> np.ndarray:
        maps = trunk.predict_on_batch(_crops(image, size, grid).astype(np.float32))
        return hyperiqa_head.flat(maps)

    def images_from(first: int) -> Iterator[np.ndarray]:
        rows = source.examples.skip(first).map(decode_example).as_numpy_iterator()
        return (row["image"] for row in rows)

    return trainers.extract_blocks(
        read, images_from, source.count, run=run, name=name, dtype=np.float16
    )


def _crops(image: np.ndarray, size: int, grid: int) -> np.ndarray:
    """Returns the crops that `layers.PatchMean` cuts, `(grid ** 2, size, size, 3)`."""
    tops, lefts = (patches.grid_offsets(side, size, grid) for side in image.shape[:2])
    return ops.convert_to_numpy(patches.crop_grid(image[None], tops, lefts, size))
