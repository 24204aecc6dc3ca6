"""Draws a contact sheet for people to look at.

python -m tfiqa.sheet --image=photo.jpg --output=sheet.png   # under all distortions
python -m tfiqa.sheet --kind=synthetic --output=sheet.png    # generated pictures
"""

import functools
from pathlib import Path

import numpy as np
from absl import app
from absl import flags

from tfiqa import command
from tfiqa import run_folder
from tfiqa import synthetic
from tfiqa.data.decode import decode
from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions import distort
from tfiqa.figures.contact_sheet import contact_sheet

LEVELS = (1, 2, 3, 4, 5)
GROUPS = tuple(dict.fromkeys(row.group for row in DISTORTIONS.values()))

SIZES = (256, 512)
COUNT = 6
GENERATORS = {
    "discs": synthetic.dead_leaves,
    "mixed shapes": functools.partial(synthetic.dead_leaves, shapes="mixed"),
    "textured": synthetic.textured_leaves,
    "cel": synthetic.cel,
}


def define_flags() -> None:
    """Defines the flags of the command."""
    flags.DEFINE_enum(
        "kind", "distortions", ["distortions", "synthetic"], "What the sheet shows."
    )
    flags.DEFINE_string("image", None, "The picture to be distorted.")
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)
    flags.DEFINE_multi_enum(
        "group", None, GROUPS, "Only types of this group; may be given repeatedly."
    )
    flags.DEFINE_integer("seed", 0, "Of what is random.")
    flags.DEFINE_integer("crop", 512, "Sides of the middle that is distorted.", 48)


def main(argv: list[str]) -> int:
    """Draws the sheet; returns the exit status."""
    values = flags.FLAGS
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}", 2)
    if (values.image is None) != (values.kind == "synthetic"):
        raise app.UsageError("`--image` goes with the kind `distortions`.", 2)
    if values.kind == "synthetic":
        encoded = draw_synthetic(seed=values.seed)
    else:
        picture = middle(decode(Path(values.image).read_bytes()), values.crop)
        encoded = draw_distortions(
            picture,
            groups=tuple(values.group or GROUPS),
            seed=values.seed,
            title=Path(values.image).name,
        )
    print(f"wrote {run_folder.write_whole(Path(values.output), encoded)}")
    return 0


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
