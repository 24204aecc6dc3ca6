"""How an encoder represents distortions of scenes that it was not trained on."""

import dataclasses
import os
from collections.abc import Callable
from collections.abc import Mapping

import keras
import numpy as np

from tfiqa.data.images import Images
from tfiqa.distortions import DISTORTIONS
from tfiqa.evaluation import distortion_probe
from tfiqa.evaluation.distortion_probe import Accuracy
from tfiqa.evaluation.distortion_probe import Described
from tfiqa.evaluation.hypotheses import OVERLAPS
from tfiqa.evaluation.hypotheses import Similarities
from tfiqa.evaluation.hypotheses import similarities
from tfiqa.figures.hypotheses import hypotheses
from tfiqa.figures.projection import PRISTINE
from tfiqa.figures.projection import projection
from tfiqa.figures.similarity import similarity
from tfiqa.scoring.encoder import load_encoder
from tfiqa.scoring.scorer import reader
from tfiqa.training.unlabeled import open_images

HELD_OUT_SEED = 987_654_321  # Seed of scenes that no training uses.
MIN_SIDE = 48
PROJECTIONS = ("pca", "tsne")


@dataclasses.dataclass(frozen=True)
class ProbeRequest:
    """An encoder, and the scenes to probe it with.

    Attributes:
        model: The encoder or a scorer: a `.keras` file, or a loaded encoder.
        images: Pristine scenes, as names for `training.unlabeled.open_images`.
        data_dir: Folder of prepared datasets; the default of TensorFlow Datasets if
            `None`.
        scenes: Number of scenes, 3 or more.
        side: Side of the central square that scenes are cropped to, 48 or more pixels.
        hypotheses: Whether to draw similarities of crops instead of distortions.
        projection: Projection into the plane: one of `PROJECTIONS`.

    Raises:
        ValueError: If a value is not allowed.
    """

    model: str | os.PathLike[str] | keras.Model
    images: str = "stream:textured_leaves/256"
    data_dir: str | os.PathLike[str] | None = None
    scenes: int = 24
    side: int = 256
    hypotheses: bool = False
    projection: str = "pca"

    def __post_init__(self):
        for field, least in (("scenes", 3), ("side", MIN_SIDE)):
            if getattr(self, field) < least:
                raise ValueError(
                    f"`{field}` must be at least {least}. "
                    f"Received: {getattr(self, field)}"
                )
        if self.projection not in PROJECTIONS:
            raise ValueError(
                f"`projection` must be one of {', '.join(PROJECTIONS)}. "
                f"Received: {self.projection!r}"
            )


@dataclasses.dataclass(frozen=True)
class ProbeResult:
    """The measurements and plots of a probe.

    Attributes:
        scenes: Number of scenes.
        drawings: PNGs by name: `"similarity"` and `"projection"`, or `"hypotheses"`.
        accuracies: Accuracy of linear classifiers of `"type"` and `"level"`, if
            distortions are drawn.
        medians: Median similarity by kind of crops, if these are drawn.
    """

    scenes: int
    drawings: Mapping[str, bytes]
    accuracies: Mapping[str, Accuracy]
    medians: Mapping[str, float]

    def lines(self) -> list[str]:
        """Returns the figures as lines for people."""
        return [
            *(
                f"{' '.join(name.split())}: median similarity {median:.3f}"
                for name, median in self.medians.items()
            ),
            *(
                f"{name}: {accuracy.value:.3f} right, standard error "
                f"{accuracy.error:.3f} over {self.scenes} scenes, "
                f"chance {accuracy.chance:.3f}"
                for name, accuracy in self.accuracies.items()
            ),
        ]


def probe_encoder(
    request: ProbeRequest,
    *,
    on_scene: Callable[[int, int], None] = lambda done, total: None,
) -> ProbeResult:
    """Measures and draws how an encoder represents distortions.

    Args:
        request: The encoder and the scenes.
        on_scene: Called after each scene with the number of scenes done and in total.

    Raises:
        OSError: If a file is missing.
        ValueError: If the model has no features, or there are too few scenes.
    """
    encoder = request.model
    if not isinstance(encoder, keras.Model):
        encoder = load_encoder(encoder)
    images = open_images(request.images, data_dir=request.data_dir)
    scenes = middle_scenes(images, request.scenes, side=request.side)
    read, total = reader(encoder), len(scenes)

    def progress(done: int) -> None:
        on_scene(done, total)

    if request.hypotheses:
        return hypotheses_result(
            similarities(read, scenes, on_scene=progress), scenes=total
        )
    described = distortion_probe.describe(read, scenes, on_scene=progress)
    drawings = draw_classes(described, method=request.projection)
    return ProbeResult(total, drawings, distortion_probe.probe(described), {})


def middle_scenes(images: Images, count: int, *, side: int) -> list[np.ndarray]:
    """Returns central crops of the first images that are large enough.

    Args:
        images: Images of any size.
        count: Number of scenes.
        side: Largest height and width of a scene, in pixels.

    Raises:
        ValueError: If there are too few such images.
    """
    scenes = []
    for element in images.epoch(HELD_OUT_SEED, 0).as_numpy_iterator():
        image = element["image"]
        if len(scenes) < count and min(image.shape[:2]) >= MIN_SIDE:
            top, left = (max(size - side, 0) // 2 for size in image.shape[:2])
            scenes.append(image[top : top + side, left : left + side])
        if len(scenes) == count:
            return scenes
    raise ValueError(
        f"{count} images of at least {MIN_SIDE}x{MIN_SIDE} pixels are expected. "
        f"Received: {images.name!r}, which has {len(scenes)}; see --scenes"
    )


def draw_classes(described: Described, *, method: str) -> dict[str, bytes]:
    """Returns plots of the similarity of classes, and of all images in the plane."""
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
    return {"similarity": matrix, "projection": plane}


def hypotheses_result(measured: Similarities, *, scenes: int) -> ProbeResult:
    """Returns the medians and the plot of similarities of crops."""
    by_overlap = {
        f"overlap {share:.0%}": column
        for share, column in zip(OVERLAPS, measured.overlap.T, strict=True)
    }
    kinds = by_overlap | measured.content | measured.distortion
    drawing = hypotheses(
        OVERLAPS,
        measured.overlap,
        measured.content,
        measured.distortion,
        title=f"Crops of {scenes} unseen scenes: medians and quartiles",
    )
    medians = {name: float(np.median(values)) for name, values in kinds.items()}
    return ProbeResult(scenes, {"hypotheses": drawing}, {}, medians)
