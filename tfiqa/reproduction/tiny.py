"""What makes trainings and evaluations small enough to show that a plan works."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tfiqa.methods import METHODS

if TYPE_CHECKING:
    from tfiqa.reproduction.setting import Setting

# Flags of `tfiqa.evaluate`.
EVALUATION = (
    *("--repeats=2", "--resamples=20", "--pictures=2", "--levels=2", "--looks=6"),
)
# Generated images, in place of those that a recipe names.
STREAM = "192/8"
# Weights of the content network, which `stand_ins` writes.
CONTENT_WEIGHTS = "content.weights.h5"

_CODEBOOK = {"words": 20, "patches": 100, "patches_per_image": 50, "passes": 1}

# Fields of configs, on top of the recipe `quick`.
FIELDS: Mapping[str, Mapping[str, object]] = {
    "brisque": {"costs": (1.0, 32.0), "gammas": (0.05,)},
    "contentsep": {
        **{"synthetic_epochs": 1, "scene_height": 96, "scene_width": 96, "scenes": 2},
        **{"versions": 2, "epochs": 2, "crop_size": 32, "batch_size": 4},
        **{"penalty": 1.0, "content": "resnet10_slim", "content_clusters": 4},
        **{"patch_size": 48, "stride": 48},
    },
    "contrique": {"crop_size": 32, "batch_size": 4, "epochs": 1, "versions": 1},
    "cornia": _CODEBOOK,
    "db_cnn": {
        **{"scnn_epochs": 1, "scnn_batch_size": 4, "scnn_crop_size": 64},
        **{"head_epochs": 1, "crop_size": 64, "batch_size": 4, "epochs": 1},
    },
    "dipiq": {**_CODEBOOK, "scenes": 2, "pairs": 200, "epochs": 2},
    "hosa": {**_CODEBOOK, "words": 6},
    "hyperiqa": {
        **{"crop_size": 32, "hidden": (8, 4), "content_length": 64, "patches": 1},
        **{"batch_size": 4, "epochs": 1},
    },
    "linear_probe": {"tile_size": 64},
    "musiq": {
        **{"sides": (), "length": 8, "depth": 1, "hidden": 8, "crop_size": 32},
        **{"batch_size": 4, "epochs": 1},
    },
    "pqr": {"patches": 1, "batch_size": 8, "epochs": 1, "regression_patches": 24},
    "pristine_distance": {"patch_size": 48, "stride": 48},
    "reiqa": {
        **{"patch_size": 32, "n_aug": 1, "scales": 1, "queue_size": 64},
        **{"batch_size": 4, "epochs": 1, "content_patch_size": 32},
        **{"content_batch_size": 4, "content_epochs": 1},
    },
    "sfa": {"stages": (1, 2), "patch_size": 64, "stride": 48, "folds": 2},
    "wadiqam": {
        **{"channels": (4, 4, 4, 4, 4), "units": 8, "patches": 2},
        **{"batch_size": 4, "epochs": 1},
    },
}


def fields(method: str, setting: "Setting") -> dict[str, object]:
    """Returns the fields of the config of a method."""
    quick = METHODS[method].recipes.get("quick", {})
    own = {**quick, **FIELDS.get(method, {})}
    if method == "contentsep":
        own["content_weights"] = f"{setting.weights}/{CONTENT_WEIGHTS}"
    return own


def stream(name: str) -> str:
    """Returns the name of few, small generated images; other names unchanged."""
    if not name.startswith("stream:"):
        return name
    kind = name.removeprefix("stream:").partition("/")[0]
    return f"stream:{kind}/{STREAM}"


def official(file: str) -> str:
    """Returns the name of the stand-in for an official model: NumPy's, not torch's."""
    return str(Path(file).with_suffix(".npz")) if file.endswith(".pkl") else file
