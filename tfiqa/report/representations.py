"""Plots of image features, and of the weights that HyperIQA generates for images.

The weights are the kernels of the target network, for the central crop of an image (Su
et al., CVPR 2020, figure 5).
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
) -> dict[str, bytes]:
    """Returns a plot of three components of the generated weights of each layer.

    As in the paper's figure 5, components are those of the weights themselves, which
    are not standardized. Empty if the scorer generates no weights.

    Returns:
        Plots by name of the layer, from the first one.
    """
    model = weights_of(predictor.scorer())
    if model is None:
        return {}
    folder = predictor.folder()
    store = FeatureStore(folder and folder / f"weights-{database.fingerprint[:12]}")
    ids = database.image_ids[rows]
    missing = rows[store.missing(ids.tolist())]
    if len(missing):
        length = model.output_shape[-1]
        name = f"generated weights of {predictor.name}"
        add_features(reader(model), length, database, missing, store, name)
    weights = store.features(ids.tolist())
    drawings = {}
    for name, columns in columns_by_layer(predictor.scorer()).items():
        title = f"{predictor.name}: weights of {name}"
        drawn = _drawn(
            weights[:, columns], database, rows, 3, title, standardized=False
        )
        if drawn is not None:
            drawings[name] = drawn
    return drawings


def columns_by_layer(scorer: keras.Model) -> dict[str, slice]:
    """Returns the columns of each generated kernel in the output of `weights_of`."""
    columns, first = {}, 0
    for layer in _generated_layers(scorer):
        last = first + layer.units * layer.inputs_length
        columns[layer.name] = slice(first, last)
        first = last
    return columns


def weights_of(scorer: keras.Model) -> keras.Model | None:
    """Returns the model from images to all generated kernels, if there are any.

    Input: that of the scorer. Output: `(batch, n)`, with `units * inputs` columns for
    each layer, in order; see `columns_by_layer`.
    """
    generated = _generated_layers(scorer)
    if not generated:
        return None
    crops = scorer.get_layer("features")
    network = crops.network
    kernels = [_Kernel(layer)(layer.input[1]) for layer in generated]
    flat = keras.layers.Concatenate(name="generated_kernels")(kernels)
    inner = keras.Model(network.input, flat)
    middle = layers.PatchMean(inner, crops.size, grid=1, name="generated_weights")
    return keras.Model(scorer.input, middle(crops.input))


class _Kernel(keras.layers.Layer):
    """Returns the kernel that a `HyperDense` generates, as one row for each sample."""

    def __init__(self, generator: layers.HyperDense):
        super().__init__(name=f"{generator.name}_kernel")
        self.generator = generator

    def call(self, maps):
        kernel, _ = self.generator.generate(maps)
        length = self.generator.units * self.generator.inputs_length
        return keras.ops.reshape(kernel, (-1, length))


def _generated_layers(scorer: keras.Model) -> list[layers.HyperDense]:
    crops = scorer.get_layer("features")
    if not isinstance(crops, layers.PatchMean):
        return []
    network = crops.network
    return [layer for layer in network.layers if isinstance(layer, layers.HyperDense)]


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


def _drawn(
    values, database, rows, dimensions: int, title: str, *, standardized: bool = True
) -> bytes | None:
    complete = np.isfinite(values).all(axis=1)
    values = values[complete].astype("float64")
    if len(values) <= dimensions or values.shape[1] < dimensions:
        return None
    pca = PCA(dimensions, svd_solver="full" if values.shape[1] < 500 else "auto")
    pca.set_params(random_state=0)
    if standardized:
        values = StandardScaler().fit_transform(values)
    points = pca.fit_transform(values)
    share = pca.explained_variance_ratio_.sum()
    title = f"{title}, {dimensions} components ({share:.0%} of the variance)"
    mos = database.mos[rows][complete]
    return cloud(points, mos, title=title, unit=database.source.unit)
