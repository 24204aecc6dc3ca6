"""Shows what an encoder knows of distortions, in two drawings and two numbers.

python -m tfiqa.representations --model encoder.keras --output folder
python -m tfiqa.representations --model encoder.keras --images photos/ --output folder
python -m tfiqa.representations --model encoder.keras --hypotheses --output folder

Scenes that the encoder has not been trained on are seen under 25 types of distortion at
five levels. `similarity.png` shows how alike the representations of these classes are
over different scenes, `projection.png` all of them in the plane, and a linear
classifier of the features tells type and level of scenes it has not seen, as printed.
With --hypotheses `hypotheses.png` is drawn instead: how alike the features are of crops
that overlap, that show other content, that are under other distortions. Without
--images the scenes are generated: no run of training is given the same ones.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.cli.progress import Progress
from tfiqa.data.images import Images
from tfiqa.distortions import DISTORTIONS
from tfiqa.evaluation import distortion_probe
from tfiqa.evaluation.distortion_probe import Described
from tfiqa.evaluation.hypotheses import OVERLAPS
from tfiqa.evaluation.hypotheses import Similarities
from tfiqa.evaluation.hypotheses import similarities
from tfiqa.figures.hypotheses import hypotheses
from tfiqa.figures.projection import PRISTINE
from tfiqa.figures.projection import projection
from tfiqa.figures.similarity import similarity
from tfiqa.files import atomic
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import reader
from tfiqa.training.unlabeled import open_images

# Of a series that no run of training has.
HELD_OUT_SEED = 987_654_321
MIN_SIDE = 48


def define_flags() -> None:
    """Defines the flags of the command."""
    flags.DEFINE_string("model", None, "The encoder, a `.keras` file.", required=True)
    flags.DEFINE_string("output", None, "Folder of the drawings.", required=True)
    flags.DEFINE_string(
        "images", "stream:textured_leaves/256", "Pristine scenes, by name."
    )
    flags.DEFINE_string("data_dir", None, "Where prepared datasets are kept.")
    flags.DEFINE_integer("scenes", 24, "How many scenes.", lower_bound=3)
    flags.DEFINE_integer("side", 256, "Scenes are cut to it.", lower_bound=MIN_SIDE)
    flags.DEFINE_bool("hypotheses", False, "Draw similarities of crops instead.")
    flags.DEFINE_enum("projection", "pca", ["pca", "tsne"], "How to draw the plane.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    given = flags.FLAGS
    if len(argv) > 1:
        raise app.UsageError(f"Only flags are expected. Received: {argv[1:]}", 2)
    try:
        encoder = load_encoder(given.model)
        images = open_images(given.images, data_dir=given.data_dir)
        scenes = chosen_scenes(images, given.scenes, side=given.side)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    read, told = reader(encoder), Progress(len(scenes)).show
    folder = Path(given.output)
    folder.mkdir(parents=True, exist_ok=True)
    if given.hypotheses:
        found = similarities(read, scenes, told=told)
        print(f"wrote {draw_hypotheses(found, folder, scenes=len(scenes))}")
        return 0
    described = distortion_probe.describe(read, scenes, told=told)
    for path in draw(described, folder, method=given.projection):
        print(f"wrote {path}")
    found = distortion_probe.probe(described)
    for name, accuracy in found.items():
        print(
            f"{name}: {accuracy.value:.3f} right, standard error {accuracy.error:.3f} "
            f"over {len(scenes)} scenes, chance {accuracy.chance:.3f}"
        )
    content = {name: dataclasses.asdict(value) for name, value in found.items()}
    atomic.write_json(folder / "probe.json", content)
    return 0


def chosen_scenes(images: Images, count: int, *, side: int) -> list[np.ndarray]:
    """Returns the middles of the first pictures that are large enough.

    Raises:
        ValueError: If there are too few of them.
    """
    scenes = []
    for element in images.epoch(HELD_OUT_SEED, 0).as_numpy_iterator():
        picture = element["image"]
        if len(scenes) < count and min(picture.shape[:2]) >= MIN_SIDE:
            top, left = (max(size - side, 0) // 2 for size in picture.shape[:2])
            scenes.append(picture[top : top + side, left : left + side])
        if len(scenes) == count:
            return scenes
    raise ValueError(
        f"{count} pictures of at least {MIN_SIDE}x{MIN_SIDE} pixels are expected. "
        f"Received: {images.name!r}, which has {len(scenes)}; see --scenes"
    )


def draw(described: Described, folder: Path, *, method: str) -> list[Path]:
    """Writes the two drawings; returns their paths."""
    names = {row.number: name for name, row in DISTORTIONS.items()} | {0: PRISTINE}
    scenes = len(described.features)
    matrix = similarity(
        distortion_probe.class_similarity(described),
        names=[*DISTORTIONS, PRISTINE],
        sizes=[5] * len(DISTORTIONS) + [1],
        title=f"Levels 1 to 5 of each type, over pairs of {scenes} unseen scenes",
    )
    points = distortion_probe.projected(described, method=method)
    plane = projection(
        points.reshape(-1, 2),
        [names[number] for number in described.types.tolist()] * scenes,
        described.levels.tolist() * scenes,
        groups={name: row.group for name, row in DISTORTIONS.items()},
        title=f"{scenes} unseen scenes, larger dots for severer levels ({method})",
    )
    return [
        atomic.write_bytes(folder / "similarity.png", matrix),
        atomic.write_bytes(folder / "projection.png", plane),
    ]


def draw_hypotheses(found: Similarities, folder: Path, *, scenes: int) -> Path:
    """Prints the medians and writes the drawing; returns its path."""
    by_overlap = {
        f"overlap {share:.0%}": column
        for share, column in zip(OVERLAPS, found.overlap.T, strict=True)
    }
    for name, values in (by_overlap | found.content | found.distortion).items():
        print(f"{' '.join(name.split())}: median similarity {np.median(values):.3f}")
    encoded = hypotheses(
        OVERLAPS,
        found.overlap,
        found.content,
        found.distortion,
        title=f"Crops of {scenes} unseen scenes: medians, and the half around them",
    )
    return atomic.write_bytes(folder / "hypotheses.png", encoded)


if __name__ == "__main__":
    command.run(define_flags, main)
