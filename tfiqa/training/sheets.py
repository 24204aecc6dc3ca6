"""Contact sheets of training data, for people to inspect.

They show images under all distortions, generated images, and what a method compares.
"""

import dataclasses
import functools
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tfiqa import metrics
from tfiqa import synthetic
from tfiqa.data import subsets
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode
from tfiqa.data.load import load
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort
from tfiqa.figures.attributes import attributes
from tfiqa.figures.contact_sheet import contact_sheet
from tfiqa.files.reading import read_file
from tfiqa.methods import METHODS
from tfiqa.training.unlabeled import open_images

LEVELS = (1, 2, 3, 4, 5)
GROUPS = tuple(dict.fromkeys(row.group for row in DISTORTIONS.values()))

SIZES = (256, 512)
COUNT = 6
# Kinds that are not of a method.
KINDS = ("distortions", "synthetic", "attributes")
GENERATORS = {
    "discs": synthetic.dead_leaves,
    "mixed shapes": functools.partial(synthetic.dead_leaves, shapes="mixed"),
    "textured": synthetic.textured_leaves,
    "cel": synthetic.cel,
}


@dataclasses.dataclass(frozen=True)
class SheetRequest:
    """The content of a sheet.

    Attributes:
        kind: `"distortions"` of an image, `"synthetic"` images, published
            `"attributes"` of a dataset, or what a method compares: a key of the
            `sheets` of a row of `METHODS`.
        image: File of the image to distort, for that kind alone.
        dataset: Prepared dataset whose attributes are drawn, for that kind alone.
        images: Unlabeled images by name, for what a method compares; see `unlabeled`.
        authentic_images: Photographs by name, which make up half of the views.
        recipe: `"paper"` or a released behavior of the method.
        data_dir: Folder of prepared datasets; `None` for TFDS's default.
        groups: Only distortions of these groups; all if empty.
        seed: Seed of every random choice.
        crop: Side in pixels of the central crop that is distorted.

    Raises:
        ValueError: If `image` is missing for `"distortions"` or `dataset` for
            `"attributes"`, or one of them is set for another kind.
    """

    kind: str = "distortions"
    image: str | os.PathLike[str] | None = None
    images: str = "stream:textured_leaves/512/8"
    authentic_images: str | None = None
    recipe: str = "paper"
    data_dir: str | os.PathLike[str] | None = None
    groups: Sequence[str] = ()
    seed: int = 0
    crop: int = 512
    dataset: str | None = None

    def __post_init__(self):
        for name, kind in (("image", "distortions"), ("dataset", "attributes")):
            value = getattr(self, name)
            if (value is None) == (self.kind == kind):
                raise ValueError(
                    f"`{name}` is expected for the kind `{kind}`, and for no other. "
                    f"Received: kind={self.kind!r}, {name}={value}"
                )


def draw_sheet(request: SheetRequest) -> bytes:
    """Returns a PNG of the requested sheet.

    Raises:
        ValueError: If the kind does not exist, or an image cannot be decoded or drawn.
        OSError: If a file cannot be read.
    """
    if request.kind == "distortions":
        return _draw_image(request)
    if request.kind == "synthetic":
        return draw_synthetic(seed=request.seed)
    if request.kind == "attributes":
        return draw_attributes(str(request.dataset), data_dir=request.data_dir)
    sheets = {k: d for method in METHODS.values() for k, d in method.sheets.items()}
    if request.kind not in sheets:
        raise ValueError(
            f"`kind` must be one of {', '.join((*KINDS, *sheets))}. "
            f"Received: kind={request.kind!r}"
        )
    images, authentic_images = (
        name and open_images(name, data_dir=request.data_dir)
        for name in (request.images, request.authentic_images)
    )
    return sheets[request.kind](
        images, authentic_images, recipe=request.recipe, seed=request.seed
    )


def draw_attributes(
    dataset: str, *, data_dir: str | os.PathLike[str] | None = None
) -> bytes:
    """Returns a PNG of the published attributes of all images of a dataset.

    Raises:
        ValueError: If the dataset states no attributes, or has no scores.
        OSError: If it is not prepared.
    """
    source = subsets.all_parts(load(dataset, data_dir=data_dir))
    values = subsets.attributes(source)
    if not values:
        raise ValueError(
            "A dataset with attributes, such as koniq10k prepared with the file of its "
            f"indicators, is expected. Received: {dataset!r}"
        )
    return attributes(
        values,
        source.scores,
        srocc=metrics.srocc,
        title=dataset,
        unit=source.unit,
    )


def draw_synthetic(*, seed: int) -> bytes:
    """Returns a PNG of all generators at two sizes, drawn at the same width."""
    rows = {
        f"{name}, {size}": [make(index, size, seed=seed) for index in range(COUNT)]
        for name, make in GENERATORS.items()
        for size in SIZES
    }
    return contact_sheet(
        list(rows.values()),
        row_names=list(rows),
        column_names=[f"index {index}" for index in range(COUNT)],
        dots_per_inch=200,
    )


def draw_distortions(
    image: np.ndarray, *, groups: Sequence[str], seed: int, title: str
) -> bytes:
    """Returns a PNG of an image uint8 `(height, width, 3)` under all levels."""
    rows = {name: row for name, row in DISTORTIONS.items() if row.group in groups}
    drawn = []
    for name in rows:
        copies = np.repeat(image[None], len(LEVELS), axis=0)
        distorted = distort(copies, name, list(LEVELS), (seed, 0)).numpy()
        drawn.append(list(np.floor(distorted + 0.5).astype("uint8")))
    return contact_sheet(
        drawn,
        row_names=[f"{row.number}\n{name}" for name, row in rows.items()],
        column_names=[f"level {level}" for level in LEVELS],
        title=title,
    )


def crop_middle(image: np.ndarray, side: int) -> np.ndarray:
    """Returns the central crop of an image, at most `side` pixels high and wide."""
    top, left = ((size - side) // 2 if size > side else 0 for size in image.shape[:2])
    return image[top : top + side, left : left + side]


def _draw_image(request: SheetRequest) -> bytes:
    path = Path(str(request.image))
    try:
        image = decode(read_file(path))
    except DecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    return draw_distortions(
        crop_middle(image, request.crop),
        groups=request.groups or GROUPS,
        seed=request.seed,
        title=path.name,
    )
