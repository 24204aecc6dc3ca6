"""Loading and saving of `.keras` files, with every Keras class of the package known.

Keras looks up a class of a file by its registered name, and a class is registered when
its module is imported. This module imports the layers, losses, optimizers and trainers
at once. It imports networks and metrics only when a file names a class that is still
unknown: networks need KerasHub, which imports TensorFlow on every backend, and a scorer
of our own layers needs neither.

Before calling `keras.saving.load_model` directly, import `tfiqa.layers`.
"""

import importlib
import os
import pkgutil
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import keras

from tfiqa import layers
from tfiqa.files.archives import check_unpacked_size
from tfiqa.files.atomic import replacing
from tfiqa.layers.pinned import usual_settings
from tfiqa.scoring.scorer import check_scorer
from tfiqa.scoring.shipped import file_of
from tfiqa.scoring.shipped import list_presets as list_presets
from tfiqa.scoring.weights_file import check_weights

# Packages that register all of their classes when they are imported.
REGISTERING = ("tfiqa.layers", "tfiqa.losses", "tfiqa.optimizers", "tfiqa.trainers")

# Packages whose modules are imported one by one when one of their classes is needed.
# By name, since networks are on a higher floor than this module.
ON_DEMAND = ("tfiqa.metrics", "tfiqa.models")

for _package in REGISTERING:
    importlib.import_module(_package)


def load_scorer(name_or_path: str | os.PathLike[str]) -> keras.Model:
    """Returns a scorer: a model from images to quality scores.

    It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size to
    float32 `(batch, 1)`, higher is better, in the units of the MOS that it was trained
    on. A flat image gives NaN. `scoring.metadata` says what it was trained on.

    Args:
        name_or_path: A `.keras` file that `tfiqa.train` wrote, or the name of a preset,
            one of `list_presets()`.

    Raises:
        FileNotFoundError: If no file or preset has this name.
        ValueError: If Keras cannot load the file, or its model is not a scorer; or if
            the package with the trunk of a preset is missing or altered: the message
            has the command that installs it.

    Example:
        >>> scorer = tfiqa.load_scorer("niqe")
        >>> tuple(scorer(images).shape)
        (8, 1)
    """
    return completed_scorer(load_model(scorer_path(name_or_path), what="A scorer"))


def scorer_path(name_or_path: str | os.PathLike[str]) -> Path:
    """Returns the file of a scorer, which may be a preset.

    Raises:
        FileNotFoundError: If no file or preset has this name.
    """
    path = file_of(name_or_path)
    if not path.is_file():
        raise FileNotFoundError(
            f"The file of a scorer, or one of {', '.join(list_presets())}, is "
            f"expected. Received: name_or_path={str(name_or_path)!r}"
        )
    return path


def completed_scorer(scorer: keras.Model) -> keras.Model:
    """Returns a loaded scorer, with its trunk if that comes from a package.

    Raises:
        ValueError: If the model is not a scorer, or the package is missing or altered.
    """
    if isinstance(scorer.layers[-1], layers.PackagedTrunk):
        # Here, since it imports backbones, which few scorers need.
        from tfiqa.scoring.trunkless import with_trunk

        scorer = with_trunk(scorer)
    check_scorer(scorer)
    if len(scorer.inputs) == 1 and not isinstance(scorer, layers.Scorer):
        # A file of an earlier version, or of a method that builds a `keras.Model`.
        scorer = layers.Scorer(scorer.input, scorer.output, name=scorer.name)
    return scorer


def load_model(path: str | os.PathLike[str], *, what: str = "A model") -> keras.Model:
    """Returns the model saved at `path`, a functional model of any kind.

    Args:
        path: A `.keras` file.
        what: What the file should hold, for messages: "A scorer".

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If it is not a `.keras` file, or Keras cannot load it.
    """
    path = Path(path)
    if path.is_file() and not os.access(path, os.R_OK):
        raise PermissionError(
            f"{what} with read permission is expected. Received: {path}"
        )
    if not path.is_file():
        raise FileNotFoundError(
            f"{what} in a `.keras` file is expected. Received: {str(path)!r}, which "
            "does not exist"
        )
    if path.suffix != ".keras" or not zipfile.is_zipfile(path):
        raise ValueError(
            f"{what} in a `.keras` file, as `tfiqa.train` writes it, is expected. "
            f"Received: {str(path)!r}"
        )
    try:
        check_unpacked_size(path)
        check_weights(path)
        _register(_classes_of(path))
        with usual_settings():
            model = keras.saving.load_model(path, compile=False)
    except Exception as error:  # Broken files raise many kinds of errors.
        raise ValueError(
            f"{what} that Keras can load, of layers of this version of `tfiqa`, is "
            f"expected. Received: {str(path)!r}: {_summary(error)}"
        ) from error
    if not getattr(model, "inputs", None):
        raise ValueError(
            f"{what}, a functional model of images, is expected. "
            f"Received: {str(path)!r}, a {type(model).__name__}"
        )
    return model


def save_model(model: keras.Model, path: str | os.PathLike[str]) -> Path:
    """Writes a model to a `.keras` file; returns its path.

    The file is written atomically: an interrupted call leaves an old file unchanged.

    Args:
        model: Any model that Keras can save.
        path: The file, `.keras`. Its folder must exist.

    Raises:
        FileNotFoundError: If the folder does not exist.
        ValueError: If `path` has another suffix.
    """
    path = Path(path)
    if path.suffix != ".keras":
        raise ValueError(f"A `.keras` file is expected. Received: path={str(path)!r}")
    with replacing(path) as written:
        model.save(written)
    return path


def register_all() -> None:
    """Registers every Keras class of the package, whatever that imports."""
    for package in ON_DEMAND:
        folder = importlib.import_module(package).__path__
        for module in pkgutil.iter_modules(folder, f"{package}."):
            importlib.import_module(module.name)


def _register(names: Iterable[str]) -> None:
    """Registers the classes of these names, such as `tfiqa>MOS`."""
    if any(keras.saving.get_registered_object(name) is None for name in names):
        register_all()


def _classes_of(path: Path) -> set[str]:
    """Returns the registered names of our classes that a file mentions."""
    with zipfile.ZipFile(path) as archive:
        config = archive.read("config.json").decode()
    return set(re.findall(r'"(tfiqa>\w+)"', config))


def _summary(error: BaseException) -> str:
    """Returns the root cause of an error of Keras, without the config of all layers."""
    unknown = re.search(r"Could not locate class '[^']+'", str(error))
    while unknown is None and error.__context__ is not None:
        error = error.__context__
    line = unknown.group() if unknown else str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {line}"
