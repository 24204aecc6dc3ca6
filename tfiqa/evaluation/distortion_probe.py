"""Linear probes of features: do they separate types and levels of distortion?

Each scene is distorted by all types at all levels. One linear classifier of the
features predicts the type and another the level, on scenes that neither was fitted to.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tfiqa.distortions import DISTORTIONS
from tfiqa.distortions.single import distort_image

LEVELS = (1, 2, 3, 4, 5)
FOLDS = 3


@dataclasses.dataclass(frozen=True)
class Described:
    """Features of scenes under all distortions, scene by scene.

    Attributes:
        features: float32 `(scenes, classes, d)`.
        types: `(classes,)`, the numbers of the types; 0 for the pristine class, the
            last.
        levels: `(classes,)`, 1 to 5; 0 for the pristine class.
    """

    features: np.ndarray
    types: np.ndarray
    levels: np.ndarray


@dataclasses.dataclass(frozen=True)
class Accuracy:
    """The accuracy of a classifier on distorted images of unseen scenes.

    Attributes:
        value: Share of the images that are classified correctly.
        error: Standard error of the share over scenes.
        chance: The share that guessing achieves.
    """

    value: float
    error: float
    chance: float


def describe(
    read: Callable[[np.ndarray], np.ndarray],
    scenes: Iterable[np.ndarray],
    *,
    on_scene: Callable[[int], None] = lambda done: None,
) -> Described:
    """Returns the features of scenes under all types and levels, and pristine.

    Args:
        read: Function from an image, uint8 `(height, width, 3)`, to features `(d,)`.
        scenes: Such images, at least 48 pixels high and wide.
        on_scene: Called after each scene with the number of scenes done.
    """
    types = [row.number for row in DISTORTIONS.values() for _ in LEVELS] + [0]
    levels = [*LEVELS] * len(DISTORTIONS) + [0]
    features = []
    for index, scene in enumerate(scenes):
        features.append(
            [
                read(distort_image(scene, number, level, (index, 0)))
                if number
                else read(scene)
                for number, level in zip(types, levels, strict=True)
            ]
        )
        on_scene(index + 1)
    return Described(np.array(features, np.float32), np.array(types), np.array(levels))


def probe(described: Described) -> dict[str, Accuracy]:
    """Returns the accuracy of linear classifiers of `type` and of `level`.

    Logistic regression on standardized features, fitted to two thirds of the scenes and
    tested on the others, for each third. Pristine images are skipped.

    Raises:
        ValueError: If there are fewer than three scenes.
    """
    scenes = len(described.features)
    if scenes < FOLDS:
        raise ValueError(
            f"At least {FOLDS} scenes are expected. Received: scenes={scenes}"
        )
    distorted = described.types > 0
    rows = described.features[:, distorted]
    rows = rows.reshape(-1, rows.shape[-1])
    answers = {"type": described.types, "level": described.levels}
    return {
        name: _accuracy(rows, np.tile(answer[distorted], scenes), scenes)
        for name, answer in answers.items()
    }


def class_similarity(described: Described) -> np.ndarray:
    """Returns mean cosine similarities of classes, `(classes, classes)`.

    The mean of all features is subtracted first, since features without negative
    entries are all alike. Only different scenes are compared, so what a scene has in
    common with itself does not count.
    """
    features = described.features.astype(np.float64)
    features -= features.mean(axis=(0, 1))
    features /= np.maximum(np.linalg.norm(features, axis=2, keepdims=True), 1e-12)
    scenes = len(features)
    total = features.sum(axis=0)
    same = np.einsum("sad,sbd->ab", features, features, optimize=True)
    return (total @ total.T - same) / (scenes * (scenes - 1))


def projected(
    described: Described, *, method: str = "pca", seed: int = 0
) -> np.ndarray:
    """Returns two coordinates of each image, `(scenes, classes, 2)`.

    Args:
        described: Features.
        method: `"pca"`, or `"tsne"` of the first 50 principal components.
        seed: Seed of t-SNE.
    """
    rows = described.features.reshape(-1, described.features.shape[-1])
    if method == "tsne":
        kept = min(50, *rows.shape)
        rows = PCA(kept, svd_solver="full").fit_transform(rows)
        perplexity = min(30.0, (len(rows) - 1) / 3)
        points = TSNE(2, perplexity=perplexity, random_state=seed).fit_transform(rows)
    else:
        points = PCA(2, svd_solver="full").fit_transform(rows)
    return points.reshape(*described.features.shape[:2], 2)


def _accuracy(rows: np.ndarray, answers: np.ndarray, scenes: int) -> Accuracy:
    groups = np.repeat(np.arange(scenes), len(rows) // scenes)
    right = np.zeros(len(rows))
    for train, test in GroupKFold(FOLDS).split(rows, groups=groups):
        classifier = make_pipeline(
            StandardScaler(), LogisticRegression(C=0.1, max_iter=300, tol=1e-3)
        )
        classifier.fit(rows[train], answers[train])
        right[test] = classifier.predict(rows[test]) == answers[test]
    shares = right.reshape(scenes, -1).mean(axis=1)
    return Accuracy(
        value=float(shares.mean()),
        error=float(shares.std(ddof=1) / np.sqrt(scenes)),
        chance=1 / len(np.unique(answers)),
    )
