"""Published models of BRISQUE: those of the authors, of other ports, and of OpenCV."""

import dataclasses
import os
from pathlib import Path

import keras

from tfiqa import __version__
from tfiqa.methods.brisque.training import Config
from tfiqa.models.brisque import FEATURES
from tfiqa.models.brisque import brisque_features
from tfiqa.regression import libsvm
from tfiqa.regression import opencv_svm
from tfiqa.regression import svr
from tfiqa.regression.support_vectors import SupportVectorMachine


@dataclasses.dataclass(frozen=True)
class Published:
    """A regression read from a file, and the variant of its features."""

    machine: SupportVectorMachine
    variant: str


def read(path: str | os.PathLike[str]) -> Published:
    """Returns the regression in a file, with the ranges in the file beside it.

    Args:
        path: A text model of libsvm, such as the authors' `allmodel`, or a YAML model
            of OpenCV, such as `brisque_model_live.yml`. The ranges of the features are
            read from the file beside it with `range` in its name for `model`, or
            `.range` appended.

    Raises:
        ValueError: If the file or its ranges are missing or malformed.
    """
    path = Path(path)
    text, ranges = _text(path), _text(_ranges_beside(path))
    if opencv_svm.is_yaml(text):
        parser, variant = opencv_svm, "opencv"
    else:
        parser, variant = libsvm, "ut"
    machine = parser.parse_model(text, FEATURES)
    scaling = parser.parse_ranges(ranges, FEATURES)
    return Published(dataclasses.replace(machine, scaling=scaling), variant)


def convert(published: Published, config: Config) -> keras.Model:
    """Returns the scorer of a published regression.

    Published regressions predict the DMOS of LIVE, lower is better; the scorer gives
    the negative of it. OpenCV clips its scores to 0..100, and turns those of flat
    images into 0, the best one; the scorer does neither.

    Args:
        published: What `read` returned.
        config: Not used: the file determines the features.
    """
    del config
    descriptor = brisque_features(variant=published.variant, exact_zeros=False)
    metadata = {
        "method": "brisque",
        "dataset": "published",
        "mos_range": [-100.0, 0.0],
        "unit": "negative DMOS of LIVE",
        "min_side": svr.MIN_SIDE,
        "version": __version__,
    }
    return svr.build_scorer(
        descriptor, published.machine, metadata, scale=-1.0, name="brisque"
    )


def _ranges_beside(path: Path) -> Path:
    candidates = [
        path.with_name(path.name.replace("model", "range")),
        path.with_name(path.name + ".range"),
    ]
    for candidate in candidates:
        if candidate != path and candidate.is_file():
            return candidate
    raise ValueError(
        "A file with the ranges of the features is expected beside the model: "
        f"{' or '.join(str(c) for c in candidates if c != path)}. Received: none"
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"A text file is expected. Received: {path}: {error}"
        ) from error
