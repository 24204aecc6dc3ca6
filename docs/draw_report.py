"""Draws `report.png` and `report_dark.png`: the page of `score --report`.

    python docs/draw_report.py

The images are generated: drawn scenes and dead leaves, half of them distorted. It needs
Chromium.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tfiqa.distortions.bank import DISTORTIONS
from tfiqa.distortions.single import distort_image
from tfiqa.synthetic import make_image

DOCS = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# By folder of the images, their kind; every second image is distorted.
FOLDERS = {"drawn": "cel", "leaves": "dead_leaves"}
TYPES = ("gaussian_blur", "jpeg", "white_noise", "pixelate", "darken", "motion_blur")
COUNT = 16
COLORS = 128  # Of the stored screenshots; a palette divides their size by four.


def write_images(folder: Path) -> None:
    """Writes the images that the page is about."""
    numbers = {name: index for index, name in enumerate(DISTORTIONS, 1)}
    for below, kind in FOLDERS.items():
        (folder / below).mkdir(parents=True)
        for index in range(COUNT):
            image = make_image(kind, index, 384)
            name = f"{index:02}"
            if index % 2:
                chosen = TYPES[index // 2 % len(TYPES)]
                level = 2 + index // 2 % 4
                image = distort_image(image, numbers[chosen], level, (0, index))
                name += f"_{chosen}_{level}"
            Image.fromarray(image).save(folder / below / f"{name}.png")


def photograph(page: Path, target: Path, work: Path, *, dark: bool) -> None:
    """Writes a picture of a page as a browser shows it."""
    browser = next(name for name in BROWSERS if shutil.which(name))
    shot = work / "shot.png"
    subprocess.run(
        [
            *(browser, "--headless=new", "--no-sandbox", "--disable-gpu"),
            *("--hide-scrollbars", "--window-size=1100,1250"),
            f"--user-data-dir={work / 'profile'}",
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            *(f"--screenshot={shot}", page.as_uri()),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    image = Image.open(shot).convert("RGB")
    image.quantize(COLORS, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        write_images(work / "images")
        command = [sys.executable, "-m", "tfiqa.score", "images", "--report", "report"]
        subprocess.run(
            [*command, "--interval", "--explain", "--fail_under=40"],
            cwd=work,
            stdout=subprocess.DEVNULL,
        )
        page = work / "report" / "index.html"
        photograph(page, DOCS / "report.png", work, dark=False)
        photograph(page, DOCS / "report_dark.png", work, dark=True)
