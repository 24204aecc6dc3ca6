"""Plots of image features, and of the weights that HyperIQA generates for images.

The weights are those of the first layer of the target network, for the central crop of
an image (Su et al., CVPR 2020, figure 5).
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
from tfiqa.evaluation.features import add_features
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.trained_predictors import RidgePredictor
from tfiqa.figures.cloud import cloud
from tfiqa.figures.projection import PRISTINE
from tfiqa.figures.projection import projection
from tfiqa.scoring.scorer import reader
from tfiqa.synthetic import textured_leaves

SIDE = 192
HELD_OUT_SEED = 987_654_321  # Seed of scenes that no training uses.


def chosen(database: Database, part: str, count: int) -> np.ndarray:
    """Returns `count` rows of a part, evenly spaced."""
    rows = database.parts[part]
    if count >= len(rows):
        return rows
    return rows[np.linspace(0, len(rows) - 1, count).round().astype(int)]


def of_features(
    predictor: ScorerPredictor | RidgePredictor, database: Database, rows: np.ndarray
) -> bytes | None:
    """Returns a plot of the first two components of the features, colored by MOS."""
    if isinstance(predictor, ScorerPredictor):
        encoder = None if predictor.model is None else features_of(predictor.model)
        predictor = RidgePredictor(
            predictor.name, str(predictor.path()), predictor.cache, encoder=encoder
        )
    features = predictor.features(database, rows)
    return _drawn(features, database, rows, 2, f"{predictor.name}: features")


def features_of(scorer: keras.Model) -> keras.Model:
    """Returns the model from images to a scorer's features, `(batch, d)`."""
    return keras.Model(scorer.input, scorer.get_layer("features").output)


def of_weights(
    predictor: ScorerPredictor, database: Database, rows: np.ndarray
) -> bytes | None:
    """Returns a plot of three components of the generated weights, if there are any."""
    model = weights_of(predictor.scorer())
    if model is None:
        return None
    folder = predictor.folder()
    store = FeatureStore(folder and folder / f"weights-{database.fingerprint[:12]}")
    ids = database.image_ids[rows]
    missing = rows[store.missing(ids.tolist())]
    if len(missing):
        length = model.output_shape[-1]
        name = f"generated weights of {predictor.name}"
        add_features(reader(model), length, database, missing, store, name)
    weights = store.features(ids.tolist())
    return _drawn(weights, database, rows, 3, f"{predictor.name}: generated weights")


def weights_of(scorer: keras.Model) -> keras.Model | None:
    """Returns the model from images to the first generated kernel, if there is one.

    Input: that of the scorer. Output: `(batch, units * inputs)`.
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


def of_distortions(predictor: ScorerPredictor, *, scenes: int) -> bytes:
    """Returns a plot of features of generated scenes under all distortions."""
    encoder = features_of(predictor.scorer())
    images = [
        textured_leaves(index, SIDE, seed=HELD_OUT_SEED) for index in range(scenes)
    ]
    described = distortion_probe.describe(reader(encoder), images)
    points = distortion_probe.projected(described, method="pca")
    names = {row.number: name for name, row in DISTORTIONS.items()} | {0: PRISTINE}
    return projection(
        points.reshape(-1, 2),
        [names[number] for number in described.types.tolist()] * scenes,
        described.levels.tolist() * scenes,
        groups={name: row.group for name, row in DISTORTIONS.items()},
        title=f"{predictor.name}: {scenes} scenes, larger dots for severer levels",
    )


def _drawn(values, database, rows, dimensions: int, title: str) -> bytes | None:
    complete = np.isfinite(values).all(axis=1)
    values = values[complete].astype("float64")
    if len(values) <= dimensions or values.shape[1] < dimensions:
        return None
    pca = PCA(dimensions, svd_solver="full" if values.shape[1] < 500 else "auto")
    pca.set_params(random_state=0)
    points = pca.fit_transform(StandardScaler().fit_transform(values))
    share = pca.explained_variance_ratio_.sum()
    title = f"{title}, {dimensions} components ({share:.0%} of the variance)"
    mos = database.mos[rows][complete]
    return cloud(points, mos, title=title, unit=database.source.unit)
