"""What networks make of some pictures: features, and weights that HyperIQA generates.

The weights are those of the first layer of the target network, for the middle crop of
a picture (Su et al., CVPR 2020, figure 5).
"""

import keras
import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from tfiqa import layers
from tfiqa.distortions import DISTORTIONS
from tfiqa.evaluation import distortion_probe
from tfiqa.evaluation.cache import FeatureStore
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.inference import describe
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.trained_predictors import RidgeSubject
from tfiqa.figures.cloud import cloud
from tfiqa.figures.projection import PRISTINE
from tfiqa.figures.projection import projection
from tfiqa.scoring.scorer import reader
from tfiqa.synthetic import textured_leaves

SIDE = 192
HELD_OUT_SEED = 987_654_321  # Of scenes that no run of training has.


def chosen(database: Database, part: str, count: int) -> np.ndarray:
    """Returns `count` rows of a part, evenly spaced."""
    rows = database.parts[part]
    if count >= len(rows):
        return rows
    return rows[np.linspace(0, len(rows) - 1, count).round().astype(int)]


def of_features(
    subject: ScorerSubject | RidgeSubject, database: Database, rows: np.ndarray
) -> bytes | None:
    """Returns the features in the plane of their first two components, by MOS."""
    if isinstance(subject, ScorerSubject):
        path = str(subject.path())
        subject = RidgeSubject(subject.name, path, subject.cache)
    features = subject.features(database, rows)
    return _drawn(features, database, rows, 2, f"{subject.name}: features")


def of_weights(
    subject: ScorerSubject, database: Database, rows: np.ndarray
) -> bytes | None:
    """Returns generated weights in three components, `None` if there are none."""
    model = weights_of(subject.scorer())
    if model is None:
        return None
    folder = subject.folder()
    store = FeatureStore(folder and folder / f"weights-{database.fingerprint[:12]}")
    ids = database.image_ids[rows]
    left = rows[store.missing(ids.tolist())]
    if len(left):
        length = model.output_shape[-1]
        name = f"generated weights of {subject.name}"
        describe(reader(model), length, database, left, store, name)
    weights = store.features(ids.tolist())
    return _drawn(weights, database, rows, 3, f"{subject.name}: generated weights")


def weights_of(scorer: keras.Model) -> keras.Model | None:
    """Returns the model from pictures to the first generated kernel, if there is one.

    Input: as of the scorer. Output: `(batch, units * inputs)`.
    """
    crops = scorer.get_layer("features")
    if not isinstance(crops, layers.PatchMean):
        return None
    network = crops.network
    generated = [
        layer for layer in network.layers if isinstance(layer, layers.HyperDense)
    ]
    if not generated:
        return None
    first = generated[0]
    kernel, _ = first.generate(first.input[1])
    flat = keras.layers.Flatten(name="generated_kernel")(kernel)
    inner = keras.Model(network.input, flat)
    middle = layers.PatchMean(inner, crops.size, grid=1, name="generated_weights")
    return keras.Model(scorer.input, middle(crops.input))


def of_distortions(subject: ScorerSubject, *, scenes: int) -> bytes:
    """Returns features of generated scenes under all distortions, in the plane."""
    model = subject.scorer()
    encoder = keras.Model(model.input, model.get_layer("features").output)
    pictures = [
        textured_leaves(index, SIDE, seed=HELD_OUT_SEED) for index in range(scenes)
    ]
    described = distortion_probe.describe(reader(encoder), pictures)
    points = distortion_probe.projected(described, method="pca")
    names = {row.number: name for name, row in DISTORTIONS.items()} | {0: PRISTINE}
    return projection(
        points.reshape(-1, 2),
        [names[number] for number in described.types.tolist()] * scenes,
        described.levels.tolist() * scenes,
        groups={name: row.group for name, row in DISTORTIONS.items()},
        title=f"{subject.name}: {scenes} scenes, larger dots for severer levels",
    )


def _drawn(values, database, rows, dimensions: int, title: str) -> bytes | None:
    there = np.isfinite(values).all(axis=1)
    values = values[there].astype("float64")
    if len(values) <= dimensions or values.shape[1] < dimensions:
        return None
    pca = PCA(dimensions, svd_solver="full" if values.shape[1] < 500 else "auto")
    pca.set_params(random_state=0)
    points = pca.fit_transform(StandardScaler().fit_transform(values))
    share = pca.explained_variance_ratio_.sum()
    told = f"{title}, {dimensions} components ({share:.0%} of the variance)"
    mos = database.mos[rows][there]
    return cloud(points, mos, title=told, unit=database.source.unit)
