"""A contact sheet of the views that CONTRIQUE compares."""

from tfiqa.data.images import Images
from tfiqa.figures.contact_sheet import contact_sheet
from tfiqa.methods.contrique.batches import batches
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.drawing import class_name

COLUMNS = 8


def draw_views(
    images: Images,
    authentic_images: Images | None = None,
    *,
    recipe: str = "paper",
    seed: int = 0,
) -> bytes:
    """Returns a PNG of both views of eight images, with their classes.

    Args:
        images: Pristine images, which are distorted here.
        authentic_images: Photographs that make up half of the columns, if any.
        recipe: Ignored: views are those of the paper.
        seed: Seed of every random choice.
    """
    del recipe
    config = Config(batch_size=COLUMNS)
    drawn = batches(images, authentic_images, config, seed=seed, epochs=range(1))
    views, labels = next(drawn.as_numpy_iterator())
    return contact_sheet(
        [list(view.astype("uint8")) for view in views],
        row_names=["view 1", "view 2"],
        column_names=[f"{label}: {class_name(label)}" for label in labels.tolist()],
    )
