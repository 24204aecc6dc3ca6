"""Draws `ladder.jpg`: one generated scene under distortions, scored by `photo`.

    python docs/draw_ladder.py

Complete images of 384 pixels are scored; their centers are shown, pixel by pixel. The
panel is dark by itself, so that it looks the same on light and on dark pages.
"""

import tempfile
from pathlib import Path

import numpy as np
from matplotlib import figure as figures
from PIL import Image

import tfiqa
from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.single import distort_image
from tfiqa.synthetic import make_image

PATH = Path(__file__).with_name("ladder.jpg")
TYPES = ("gaussian_blur", "jpeg", "white_noise")
LEVELS = range(6)  # 0 is the scene itself.
SIZE = 384
SHOWN = slice(SIZE // 2 - 80, SIZE // 2 + 80)
GROUND, INK, MUTED, MARK = "#1f2328", "#f0f3f6", "#9ea7b0", "#58a6ff"


def ladder() -> dict[tuple[str, int], np.ndarray]:
    """Returns the scene at every type and level, uint8 `(384, 384, 3)`."""
    scene = make_image("cel", 0, SIZE)
    numbers = {name: index for index, name in enumerate(DISTORTIONS, 1)}
    return {
        (name, level): scene
        if level == 0
        else distort_image(scene, numbers[name], level, (0, 0))
        for name in TYPES
        for level in LEVELS
    }


def scored(images: dict) -> list:
    """Returns a row with score and interval for each image, in order."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number:02}.png" for number in range(len(images))]
        for path, image in zip(paths, images.values(), strict=True):
            Image.fromarray(image).save(path)
        return list(tfiqa.score_files(paths, intervals=True))


def draw(images: dict, rows: list) -> figures.Figure:
    """Returns the panel: a tile, its score and its interval for each image."""
    figure = figures.Figure(figsize=(10.4, 7.0), facecolor=GROUND, dpi=100)
    tiles = figure.subfigures(len(TYPES), len(LEVELS), wspace=0, hspace=0)
    for tile, (name, level), row in zip(tiles.flat, images, rows, strict=True):
        tile.set_facecolor(GROUND)
        picture = tile.add_axes((0.04, 0.25, 0.92, 0.66))
        picture.imshow(images[name, level][SHOWN, SHOWN], interpolation="nearest")
        picture.set_axis_off()
        title = "the scene" if level == 0 else f"{name.replace('_', ' ')} {level}"
        tile.text(0.5, 0.935, title, color=MUTED, ha="center", fontsize=10.5)
        bar = tile.add_axes((0.06, 0.155, 0.88, 0.07), facecolor=GROUND)
        bar.set(xlim=(0, 100), ylim=(-1, 1))
        bar.set_axis_off()
        bar.plot([0, 100], [0, 0], color=MUTED, lw=1)
        bar.plot([row.low, row.high], [0, 0], color=MARK, lw=4, solid_capstyle="butt")
        bar.plot(row.score, 0, "o", color=INK, ms=5)
        text = f"{row.score:.0f}  [{row.low:.0f}, {row.high:.0f}]"
        tile.text(0.5, 0.06, text, color=INK, ha="center", fontsize=12)
    return figure


if __name__ == "__main__":
    images = ladder()
    panel = draw(images, scored(images))
    panel.savefig(PATH, facecolor=GROUND, pil_kwargs={"quality": 88})
