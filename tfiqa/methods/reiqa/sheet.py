"""A contact sheet of the crops that Re-IQA's quality expert compares."""

import dataclasses

import numpy as np

from tfiqa.data.images import Images
from tfiqa.figures.contact_sheet import contact_sheet
from tfiqa.methods.reiqa.chunks import chunk
from tfiqa.methods.reiqa.config import RELEASED
from tfiqa.methods.reiqa.config import Config

TITLE = (
    "The pairs of one image: the first half of the members exchanged its crops at "
    "full scale, the second half at half scale"
)


def draw_chunk(
    images: Images,
    authentic_images: Images | None = None,
    *,
    recipe: str = "paper",
    seed: int = 0,
) -> bytes:
    """Returns a PNG of the pairs of crops of the first image; see `draw_pairs`.

    Args:
        images: The images, of which the first is drawn.
        authentic_images: Ignored: the quality expert learns from `images` alone.
        recipe: `"paper"` or a released behavior.
        seed: Seed of every random choice.
    """
    del authentic_images
    changes = RELEASED.get(recipe, {})
    config = dataclasses.replace(Config(expert="quality"), **changes)
    return draw_pairs(images, config, seed=seed)


def draw_pairs(images: Images, config: Config, *, seed: int) -> bytes:
    """Returns a PNG of the pairs of crops of the first image, after the exchange."""
    row = next(images.epoch(seed, 0).as_numpy_iterator())
    crops, members = chunk(row["image"], config, np.random.default_rng(seed))
    crops = np.clip(crops, 0, 255).astype("uint8")
    crops = crops.reshape(2, config.scales, len(members), *crops.shape[2:])
    scales = ["full scale", "half scale"][: config.scales]
    return contact_sheet(
        [list(view) for scale in crops.swapaxes(0, 1) for view in scale],
        row_names=[f"{scale}\n{view}" for scale in scales for view in ("query", "key")],
        column_names=[
            f"{member.name}\n{member.level}" if member.name else "image\n"
            for member in members
        ],
        title=TITLE,
    )
