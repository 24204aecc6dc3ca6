"""The config of contentsep; the defaults are those of the paper's release."""

import dataclasses
from typing import Any

from tfiqa import pristine
from tfiqa.config import constraints
from tfiqa.models.contentsep import LEVELS
from tfiqa.models.contentsep import NORMALIZATIONS
from tfiqa.synthetic.versions import max_count

_COUNTS = (
    *("scenes", "crop_size", "batch_size", "predictor_width", "content_clusters"),
    *("content_pictures", "scene_height", "scene_width"),
)
_RATES = ("synthetic_rate", "learning_rate", "predictor_rate", "estimator_rate")
_CHOICES = {
    "normalization": NORMALIZATIONS,
    "content_normalization": NORMALIZATIONS,
    "levels": LEVELS,
    "version_types": ("one", "any"),
    "likelihood": ("contrastive", "log"),
    "pairing": ("aligned", "released"),
    "penalty_unit": ("paper", "content"),
    "estimator_mean": ("linear", "softmax"),
    "view_scale": ("resized", "native"),
}
_BOUNDS = {
    **dict.fromkeys(_COUNTS, constraints.COUNT),
    **dict.fromkeys(("synthetic_epochs", "epochs", "penalty_from"), constraints.EPOCHS),
    **dict.fromkeys(("estimator_epochs", "held_pairs", "patience"), constraints.EPOCHS),
    **dict.fromkeys((*_RATES, "temperature"), constraints.POSITIVE),
    **dict.fromkeys(("penalty", "estimator_decay"), constraints.NOT_NEGATIVE),
    "micro_batch": constraints.MICRO_BATCH,
}


@dataclasses.dataclass(frozen=True)
class Config(pristine.Scoring):
    """Hyperparameters of contentsep, and of its scorer (`tfiqa.pristine.Scoring`).

    Attributes:
        backbone: A key of `BACKBONES`.
        backbone_weights: `"torchvision"`, `"imagenet"`, a file, or `None` for random
            weights; see `build_backbone`.
        normalization: `"none"` if the backbone receives images in `[0, 1]`;
            `"imagenet"` to normalize them as its ImageNet weights expect.
        levels: 1 for the images themselves; 5 for M-SCQALE's five networks: one for the
            image, three for Laplacian bands and one for the remaining low-pass image.
        synthetic_epochs: Epochs of the first stage, contrast among distortions of
            scenes.
        scene_height: Height in pixels of scenes, which are random crops.
        scene_width: Width of scenes. Views are squares of half the shorter side.
        versions: Number of versions of each scene, including the scene itself.
        version_types: `"one"` for one type per scene at different levels, as in
            KADIS-700k, or `"any"` for different types and levels.
        scenes: Number of scenes in a batch of the first stage, over all replicas.
        band_versions: `versions` for each of five levels, from the image itself to the
            low-pass one. Each network is then trained alone, one after another, as
            M-SCQALE's are. `()` to train them together.
        band_scenes: `scenes` for each of five levels, likewise.
        temperature: Temperature of the contrast.
        synthetic_rate: Learning rate of the first stage.
        epochs: Epochs of the second stage, on authentic images.
        crop_size: Side of the two views of an authentic image.
        view_scale: `"resized"` to resize views of half the image's shorter side, as in
            the paper; `"native"` to cut crops from them at their own scale, while the
            content network still sees the resized views.
        batch_size: Number of images in a batch of the second stage, over all replicas.
        micro_batch: The largest number of crops that the encoder sees at once on
            one device, in both stages; `None` for all. Fewer take less
            memory and more time. Batch normalization uses the statistics of each part;
            see `config.cuts`.
        learning_rate: Learning rate of the encoder in the second stage.
        predictor_rate: Learning rate of the predictor.
        predictor_width: Width of its hidden layer.
        penalty: Factor of the mutual information; 0 for no content network.
        penalty_unit: `"paper"` to penalize the estimate itself, or `"content"` for its
            share of what an exact prediction of the content would give, at least 0; see
            `tfiqa.trainers.ContentSeparation`.
        penalty_from: Index of the epoch, from 0, in which the penalty begins.
        likelihood: Loss of the estimator of mutual information: `"contrastive"`, or
            `"log"` as in CLUB.
        estimator_rate: Its learning rate.
        estimator_mean: `"linear"` as in the paper, or `"softmax"` for predictions that
            are shares, as the content is. With linear ones, which may exaggerate, the
            contrastive likelihood rises without limit.
        estimator_epochs: Epochs in which it learns alone before the penalty begins, in
            addition to `epochs`.
        estimator_decay: Its coupled L2 decay.
        pairing: Pairing of features and content: `"aligned"`, or `"released"` for the
            pairs of the authors' code, most of which mix different images.
        held_pairs: Number of photographs to hold back. Each epoch logs figures of their
            views (`tfiqa.methods.contentsep.held`), and the epoch with the penalty in
            which these agree most is kept; 0 keeps the last one.
        patience: Number of epochs without higher agreement after which the second stage
            ends; 0 for all epochs. Needs `held_pairs`.
        content: A classifier: the paper's `"resnet50_torchvision"` or a smaller one of
            `CLASSIFIERS`, one of `LITE_CLASSIFIERS` such as
            `"efficientnet_lite0_package"`, a network of `keras.applications` or a
            preset of KerasHub; or a key of `BACKBONES`, whose pooled features are
            clustered. Softmaxes differ, so that the paper's `penalty` fits only its own
            network; `penalty_unit="content"` fits all.
        content_weights: `"torchvision"` or `"package"` for a classifier of that name,
            `"imagenet"` for others, or a file of trained weights. Without them there is
            no penalty.
        content_normalization: As `normalization`, for the content network.
        content_clusters: Number of clusters, if there is no classifier.
        content_pictures: Maximum number of images to cluster.
    """

    backbone: str = "resnet50"
    backbone_weights: str | None = None
    normalization: str = "none"
    levels: int = 1
    synthetic_epochs: int = 5
    scene_height: int = 384
    scene_width: int = 512
    versions: int = 4
    version_types: str = "one"
    scenes: int = 16
    band_versions: tuple[int, ...] = ()
    band_scenes: tuple[int, ...] = ()
    temperature: float = 0.1
    synthetic_rate: float = 1e-2
    epochs: int = 5
    crop_size: int = 256
    view_scale: str = "resized"
    batch_size: int = 16
    micro_batch: int | None = None
    learning_rate: float = 1e-3
    predictor_rate: float = 1e-4
    predictor_width: int = 512
    penalty: float = 1000.0
    penalty_unit: str = "paper"
    penalty_from: int = 1
    likelihood: str = "contrastive"
    estimator_rate: float = 1e-7
    estimator_decay: float = 0.1
    estimator_mean: str = "linear"
    estimator_epochs: int = 0
    pairing: str = "aligned"
    held_pairs: int = 0
    patience: int = 0
    content: str = "resnet50_torchvision"
    content_weights: str | None = "torchvision"
    content_normalization: str = "none"
    content_clusters: int = 256
    content_pictures: int = 4096

    def __post_init__(self):
        super().__post_init__()
        constraints.check_choices(self, _CHOICES)
        constraints.check_bounds(self, _BOUNDS)
        if self.levels == 5 and self.normalization != "none":
            raise ValueError(
                "`normalization` must be 'none' for bands, which have no mean color. "
                f"Received: levels=5, normalization={self.normalization!r}"
            )
        self._check_scenes()
        self._check_bands()
        self._check_penalty()

    def _check_scenes(self):
        most = max_count(self.version_types)
        if not 2 <= self.versions <= most:
            raise ValueError(
                f"`versions` must be between 2 and {most} for version_types="
                f"{self.version_types!r}. Received: versions={self.versions}"
            )
        height, width = self.scene_height, self.scene_width
        if height % 2 or width % 2 or min(height, width) < 48:
            raise ValueError(
                "`scene_height` and `scene_width` must be even and 48 or more. "
                f"Received: scene_height={height}, scene_width={width}"
            )

    def _check_bands(self):
        lengths = len(self.band_versions), len(self.band_scenes)
        most = max_count(self.version_types)
        fits = all(2 <= count <= most for count in self.band_versions)
        if lengths != (0, 0) and (
            lengths != (self.levels,) * 2 or not fits or min(self.band_scenes) < 1
        ):
            raise ValueError(
                "`band_versions` and `band_scenes` must both be `()`, or have one "
                f"number for each level: versions from 2 to {most}, for version_types="
                f"{self.version_types!r}, and scenes of at least 1. Received: "
                f"levels={self.levels}, band_versions={self.band_versions}, "
                f"band_scenes={self.band_scenes}"
            )

    def _check_penalty(self):
        if self.penalty and self.content_weights is None:
            raise ValueError(
                "A penalty on content needs a content network with trained weights: "
                "`content_weights` must be 'torchvision', 'imagenet' or a file, or "
                "`penalty` 0. "
                f"Received: content_weights=None, penalty={self.penalty}"
            )
        if self.penalty and 0 < self.epochs <= self.penalty_from:
            raise ValueError(
                "A penalty must begin before the last epoch ends: `penalty_from`, an "
                "epoch from 0, must be less than `epochs`, or `penalty` 0. Received: "
                f"penalty_from={self.penalty_from}, epochs={self.epochs}, "
                f"penalty={self.penalty}"
            )
        if self.patience and not self.held_pairs:
            raise ValueError(
                "`patience` needs photographs that are held back: `held_pairs` must be "
                f"1 or more. Received: patience={self.patience}, held_pairs=0"
            )

    @property
    def network(self) -> dict[str, Any]:
        """The keyword arguments of `tfiqa.models.ContentSep`."""
        names = ("backbone", "backbone_weights", "normalization", "levels")
        return {name: getattr(self, name) for name in names}

    @property
    def penalized(self) -> bool:
        """Whether there is a penalty on content."""
        return bool(self.penalty and self.epochs)
