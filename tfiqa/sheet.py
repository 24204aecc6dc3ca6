"""Draws a contact sheet for people to look at.

python -m tfiqa.sheet --image=photo.jpg --output=sheet.png   # under all distortions
python -m tfiqa.sheet --kind=synthetic --output=sheet.png    # generated pictures
python -m tfiqa.sheet --kind=views --output=sheet.png        # what CONTRIQUE compares
python -m tfiqa.sheet --kind=chunk --output=sheet.png        # what Re-IQA compares
"""

import dataclasses
import functools
import sys
from pathlib import Path

import numpy as np
from absl import app
from absl import flags

from tfiqa import synthetic
from tfiqa.cli import command
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode
from tfiqa.data.images import Images
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort
from tfiqa.figures.contact_sheet import contact_sheet
from tfiqa.methods import contrique
from tfiqa.methods import reiqa
from tfiqa.methods.contrique.batches import batches
from tfiqa.methods.contrique.batches import class_name
from tfiqa.methods.reiqa.chunks import chunk
from tfiqa.training import run_folder
from tfiqa.training.unlabeled import open_images

LEVELS = (1, 2, 3, 4, 5)
GROUPS = tuple(dict.fromkeys(row.group for row in DISTORTIONS.values()))

SIZES = (256, 512)
COUNT = 6
VIEWED = 8
GENERATORS = {
    "discs": synthetic.dead_leaves,
    "mixed shapes": functools.partial(synthetic.dead_leaves, shapes="mixed"),
    "textured": synthetic.textured_leaves,
    "cel": synthetic.cel,
}


def define_flags() -> None:
    """Defines the flags of the command."""
    flags.DEFINE_enum(
        "kind",
        "distortions",
        ["distortions", "synthetic", "views", "chunk"],
        "What the sheet shows.",
    )
    flags.DEFINE_string("image", None, "The picture to be distorted.")
    flags.DEFINE_string(
        "images", "stream:textured_leaves/512/8", "Pictures to be seen, by name."
    )
    flags.DEFINE_string(
        "authentic_images", None, "Photographs that are half of the views, by name."
    )
    flags.DEFINE_enum(
        "recipe", "paper", ["paper", *reiqa.RELEASED], "How a chunk is made."
    )
    flags.DEFINE_string("data_dir", None, "Where prepared datasets are kept.")
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)
    flags.DEFINE_multi_enum(
        "group", None, GROUPS, "Only types of this group; may be given repeatedly."
    )
    flags.DEFINE_integer("seed", 0, "Of what is random.", 0, 2**31 - 1)
    flags.DEFINE_integer("crop", 512, "Sides of the middle that is distorted.", 48)


def main(argv: list[str]) -> int:
    """Draws the sheet; returns the exit status."""
    values = flags.FLAGS
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}", 2)
    if (values.image is None) == (values.kind == "distortions"):
        raise app.UsageError("`--image` goes with the kind `distortions`.", 2)
    try:
        path = run_folder.write_whole(Path(values.output), draw(values.kind))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"wrote {path}")
    return 0


def draw(kind: str) -> bytes:
    """Returns a PNG of what the flags ask for."""
    given = flags.FLAGS
    if kind == "synthetic":
        return draw_synthetic(seed=given.seed)
    if kind in ("views", "chunk"):
        return draw_compared(kind)
    path = Path(given.image)
    try:
        picture = decode(path.read_bytes())
    except DecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    return draw_distortions(
        middle(picture, given.crop),
        groups=tuple(given.group or GROUPS),
        seed=given.seed,
        title=path.name,
    )


def draw_compared(kind: str) -> bytes:
    """Returns a PNG of what a method compares, of the pictures of the flags."""
    given = flags.FLAGS
    images, authentic_images = (
        name and open_images(name, data_dir=given.data_dir)
        for name in (given.images, given.authentic_images)
    )
    if kind == "views":
        return draw_views(images, authentic_images, seed=given.seed)
    changes = reiqa.RELEASED.get(given.recipe, {})
    config = dataclasses.replace(reiqa.Config(expert="quality"), **changes)
    return draw_chunk(images, config, seed=given.seed)


def draw_synthetic(*, seed: int) -> bytes:
    """Returns a PNG of all generators at two sizes, drawn at one width."""
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


def draw_views(images: Images, authentic_images: Images | None, *, seed: int) -> bytes:
    """Returns a PNG of both views of eight pictures, with their classes."""
    drawn = batches(
        images,
        authentic_images,
        contrique.Config(batch_size=VIEWED),
        seed=seed,
        epochs=range(1),
    )
    views, labels = next(drawn.as_numpy_iterator())
    return contact_sheet(
        [list(view.astype("uint8")) for view in views],
        row_names=["view 1", "view 2"],
        column_names=[f"{label}: {class_name(label)}" for label in labels.tolist()],
    )


def draw_chunk(images: Images, config: reiqa.Config, *, seed: int) -> bytes:
    """Returns a PNG of the pairs of crops of the first picture, after the exchange."""
    row = next(images.epoch(seed, 0).as_numpy_iterator())
    crops, members = chunk(row["image"], config, np.random.default_rng(seed))
    crops = np.clip(crops, 0, 255).astype("uint8")
    crops = crops.reshape(2, config.scales, len(members), *crops.shape[2:])
    scales = ["full scale", "half scale"][: config.scales]
    return contact_sheet(
        [list(view) for scale in crops.swapaxes(0, 1) for view in scale],
        row_names=[f"{scale}\n{view}" for scale in scales for view in ("query", "key")],
        column_names=[
            f"{member.name}\n{member.level}" if member.name else "picture\n"
            for member in members
        ],
        title="One picture's pairs: the first half of the members has exchanged its "
        "crops at full scale, the second half at half scale",
    )


def draw_distortions(
    picture: np.ndarray, *, groups: tuple[str, ...], seed: int, title: str
) -> bytes:
    """Returns a PNG of a picture uint8 `(height, width, 3)` under all levels."""
    rows = {name: row for name, row in DISTORTIONS.items() if row.group in groups}
    pictures = []
    for name in rows:
        copies = np.repeat(picture[None], len(LEVELS), axis=0)
        distorted = distort(copies, name, list(LEVELS), (seed, 0)).numpy()
        pictures.append(list(np.floor(distorted + 0.5).astype("uint8")))
    return contact_sheet(
        pictures,
        row_names=[f"{row.number}\n{name}" for name, row in rows.items()],
        column_names=[f"level {level}" for level in LEVELS],
        title=title,
    )


def middle(picture: np.ndarray, side: int) -> np.ndarray:
    """Returns the middle of a picture, at most `side` pixels high and wide."""
    top, left = ((size - side) // 2 if size > side else 0 for size in picture.shape[:2])
    return picture[top : top + side, left : left + side]


if __name__ == "__main__":
    command.run(define_flags, main)
