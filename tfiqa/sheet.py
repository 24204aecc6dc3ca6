"""Draws a contact sheet for people to look at.

python -m tfiqa.sheet --image=photo.jpg --output=sheet.png   # under all distortions
python -m tfiqa.sheet --kind=synthetic --output=sheet.png    # generated pictures
python -m tfiqa.sheet --kind=views --output=sheet.png        # what CONTRIQUE compares
python -m tfiqa.sheet --kind=chunk --output=sheet.png        # what Re-IQA compares
"""

import sys

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status

# As in the tables that they are of, which cost TensorFlow.
KINDS = ("distortions", "synthetic", "views", "chunk")
RECIPES = ("paper", "released")
GROUPS = (
    *("blur", "color", "compression", "noise", "brightness", "spatial", "contrast"),
)


def define_flags() -> None:
    """Defines the flags of the command."""
    flags.DEFINE_enum("kind", "distortions", KINDS, "What the sheet shows.")
    flags.DEFINE_string("image", None, "The picture to be distorted.")
    flags.DEFINE_string(
        "images", "stream:textured_leaves/512/8", "Pictures to be seen, by name."
    )
    flags.DEFINE_string(
        "authentic_images", None, "Photographs that are half of the views, by name."
    )
    flags.DEFINE_enum("recipe", "paper", RECIPES, "How a chunk is made.")
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
    from tfiqa.files import atomic
    from tfiqa.training import SheetRequest
    from tfiqa.training import draw_sheet

    try:
        request = SheetRequest(
            kind=values.kind,
            image=values.image,
            images=values.images,
            authentic_images=values.authentic_images,
            recipe=values.recipe,
            data_dir=values.data_dir,
            groups=tuple(values.group or ()),
            seed=values.seed,
            crop=values.crop,
        )
        path = atomic.write_bytes(values.output, draw_sheet(request))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    print(f"wrote {path}")
    return Status.OK


if __name__ == "__main__":
    command.run(define_flags, main)
