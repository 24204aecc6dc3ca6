"""Codebooks of small patches, learned from unlabeled images, and their encoders.

By default the images are distorted first, so that generated pristine images suffice and
a codebook does not depend on any database.
"""

import dataclasses
import os
from collections.abc import Iterable
from collections.abc import Iterator

import keras
import numpy as np
from keras import ops
from sklearn.cluster import MiniBatchKMeans

from tfiqa import layers
from tfiqa.backbones import checkpoints
from tfiqa.config import constraints
from tfiqa.layers.local_patches import PIXELS

# Added to the eigenvalues of the covariance, as in the published whitening.
EPSILON = 0.1


@dataclasses.dataclass(frozen=True)
class CodebookSettings:
    """Settings of learning a codebook.

    Attributes:
        words: Number of words.
        codebook_images: Maximum number of images to read.
        patches_per_image: Number of patches to learn from per image.
        distorted: Whether each image is first distorted by a random one of the 25 types
            and five levels; otherwise images should come distorted.
        whitening: A `.mat` file with the mean `M` `(1, 49)` and the matrix `P`
            `(49, 49)` of a published whitening; None to learn them.
        passes: Number of passes of k-means over all patches.
    """

    words: int = 10_000
    codebook_images: int = 1000
    patches_per_image: int = 200
    distorted: bool = True
    whitening: str | None = None
    passes: int = 5

    def __post_init__(self):
        counts = ("words", "codebook_images", "patches_per_image", "passes")
        constraints.check_bounds(self, dict.fromkeys(counts, constraints.COUNT))


@dataclasses.dataclass(frozen=True)
class Codebook:
    """A whitening of patches, and words among whitened patches.

    Attributes:
        center: Mean of normalized patches, `(49,)`.
        whitening: `(49, 49)`.
        means: Means of the patches nearest to each word, `(words, 49)`.
        variances: Variances of the same, `(words, 49)`.
        skews: Their third central moments over variances to the power of 1.5.
    """

    center: np.ndarray
    whitening: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    skews: np.ndarray


def learn(
    images: Iterable[np.ndarray], settings: CodebookSettings, *, seed: int
) -> Codebook:
    """Returns the codebook of images.

    Args:
        images: uint8 `(height, width, 3)` each, with sides of 7 pixels or more.
        settings: See `CodebookSettings`.
        seed: Seed of the distortions and of k-means.

    Raises:
        ValueError: If there are fewer patches than words, or a published whitening
            cannot be read.
    """
    published = None
    if settings.whitening is not None:
        published = read_whitening(settings.whitening)
    patches = np.concatenate(list(_patches(images, settings, seed)))
    if len(patches) < settings.words:
        raise ValueError(
            f"At least as many patches as words, {settings.words}, are expected: more "
            f"images, or more patches per image. Received: {len(patches)} patches"
        )
    center, whitening = published or whitening_of(patches)
    patches = (patches - center) @ whitening
    means = MiniBatchKMeans(
        settings.words,
        init="random",
        n_init=1,
        batch_size=4096,
        max_iter=settings.passes,
        reassignment_ratio=0.0,
        random_state=seed,
    ).fit(patches)
    return Codebook(center, whitening, *_statistics(patches, means))


def whitening_of(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean `(d,)` and the whitening `(d, d)` of patches `(n, d)`.

    The whitening is symmetric (ZCA), with 0.1 added to the eigenvalues.
    """
    values, vectors = np.linalg.eigh(np.cov(patches.T, dtype=np.float64))
    scale = 1 / np.sqrt(np.maximum(values, 0) + EPSILON)
    return patches.mean(axis=0, dtype=np.float64), (vectors * scale) @ vectors.T


def read_whitening(path: str | os.PathLike[str]) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean `(49,)` and the whitening `(49, 49)` of a published file.

    Raises:
        ValueError: If the file does not hold them.
    """
    arrays = checkpoints.read_arrays(path)
    center, whitening = arrays.get("M"), arrays.get("P")
    if (
        center is None
        or whitening is None
        or center.size != PIXELS
        or whitening.shape != (PIXELS, PIXELS)
    ):
        listed = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
        raise ValueError(
            f"Arrays M (1, {PIXELS}) and P ({PIXELS}, {PIXELS}) are expected. "
            f"Received: {path} with {listed or 'no arrays'}"
        )
    return center.reshape(-1).astype(np.float64), whitening.astype(np.float64)


def cornia_encoder(codebook: Codebook, *, count: int = 10_000) -> keras.Model:
    """Returns the model from images to the soft codes of CORNIA, `(batch, 2 * words)`.

    Args:
        codebook: Codebook whose whitening and word directions are used.
        count: Number of patches per image.
    """
    images = keras.Input((None, None, 3), name="images")
    patches = layers.LocalPatches(count, "spread", name="patches")
    codes = layers.SoftCodes(len(codebook.means), name="features")
    output = codes(patches(images))
    lengths = np.linalg.norm(codebook.means, axis=1, keepdims=True)
    patches.set_weights([codebook.center, codebook.whitening])
    codes.set_weights([(codebook.means / (lengths + 1e-20)).T])
    return keras.Model(images, output, name="cornia_encoder")


def hosa_encoder(
    codebook: Codebook, *, count: int = 10_000, fifth_weight: bool = False
) -> keras.Model:
    """Returns the model from images to the codes of HOSA, `(batch, 147 * words)`.

    Args:
        codebook: See `Codebook`.
        count: Approximate number of patches per image.
        fifth_weight: See `layers.HighOrderCodes`.
    """
    images = keras.Input((None, None, 3), name="images")
    patches = layers.LocalPatches(count, "grid", name="patches")
    codes = layers.HighOrderCodes(len(codebook.means), fifth_weight, name="features")
    output = codes(patches(images))
    patches.set_weights([codebook.center, codebook.whitening])
    codes.set_weights([codebook.means, codebook.variances, codebook.skews])
    return keras.Model(images, output, name="hosa_encoder")


def _patches(
    images: Iterable[np.ndarray], settings: CodebookSettings, seed: int
) -> Iterator[np.ndarray]:
    """Yields normalized patches of each image, float32 `(n, 49)`."""
    random = np.random.default_rng(seed)
    layer = layers.LocalPatches(settings.patches_per_image)
    for _, image in zip(range(settings.codebook_images), images):  # noqa: B905
        if settings.distorted:
            image = _distorted(image, random)
        yield ops.convert_to_numpy(layer.normalized(image[None]))[0]


def _distorted(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    from tfiqa.distortions import single  # Needs TensorFlow, which encoding does not.

    number = int(random.choice(single.types_for_side(min(image.shape[:2]))))
    level = int(random.integers(1, 6))
    key = random.integers(2**31, size=2, dtype=np.int32)
    return single.distort_image(image, number, level, key)


def _statistics(
    patches: np.ndarray, clusters: MiniBatchKMeans
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns means, variances and skews of the patches nearest to each word."""
    nearest = clusters.predict(patches)
    count = np.maximum(np.bincount(nearest, minlength=clusters.n_clusters), 1)[:, None]

    def mean_of(values):
        total = np.zeros((clusters.n_clusters, values.shape[1]))
        np.add.at(total, nearest, values)
        return total / count

    means = mean_of(patches)
    empty = np.bincount(nearest, minlength=clusters.n_clusters) == 0
    means[empty] = clusters.cluster_centers_[empty]
    variances = mean_of((patches - means[nearest]) ** 2)
    third = mean_of((patches - means[nearest]) ** 3)
    return means, variances, third / (variances**1.5 + 1e-4)
