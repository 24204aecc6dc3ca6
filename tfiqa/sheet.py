"""Draws a contact sheet for people to inspect.

python -m tfiqa.sheet --image=photo.jpg --output=sheet.png   # under all distortions
python -m tfiqa.sheet --kind=synthetic --output=sheet.png    # generated images
python -m tfiqa.sheet --kind=views --output=sheet.png        # views of CONTRIQUE
python -m tfiqa.sheet --kind=chunk --output=sheet.png        # crops of Re-IQA

--kind=attributes draws what a prepared dataset states about its images, for example the
brightness, contrast, colorfulness and sharpness of KonIQ-10k, and the MOS against each:

python -m tfiqa.sheet --kind=attributes --dataset=koniq10k --output=koniq.png
"""

import sys

from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.status import Status

# Copies of names in other modules, which would load TensorFlow.
KINDS = ("distortions", "synthetic", "attributes", "views", "chunk")
RECIPES = ("paper", "released")
GROUPS = (
    *("blur", "color", "compression", "noise", "brightness", "spatial", "contrast"),
)


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_enum("kind", "distortions", KINDS, "Content of the sheet.")
    flags.DEFINE_string("image", None, "The image to distort.")
    flags.DEFINE_string(
        "images", "stream:textured_leaves/512/8", "Names of images to show."
    )
    flags.DEFINE_string(
        "authentic_images", None, "Names of photographs for half of the views."
    )
    flags.DEFINE_string(
        "dataset", None, "A prepared dataset, whose attributes are drawn."
    )
    flags.DEFINE_enum("recipe", "paper", RECIPES, "Recipe of the chunk.")
    flags.DEFINE_string("data_dir", None, "Folder of prepared datasets.")
    flags.DEFINE_string("output", None, "The PNG file to write.", required=True)
    flags.DEFINE_multi_enum(
        "group", None, GROUPS, "Only types of this group; can be repeated."
    )
    flags.DEFINE_integer("seed", 0, "Seed of every random choice.", 0, 2**31 - 1)
    flags.DEFINE_integer("crop", 512, "Side of the central crop that is distorted.", 48)


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
            dataset=values.dataset,
        )
        path = atomic.write_bytes(values.output, draw_sheet(request))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return Status.USAGE
    print(f"wrote {path}")
    return Status.OK


if __name__ == "__main__":
    command.run(define_flags, main)
