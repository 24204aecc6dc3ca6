"""Small generated stand-ins for databases, folders and models, under their names.

They have the columns, the range of scores and the official parts of the databases, but
few, generated images, whose scores follow the strength of a blur. They show that the
commands of a plan work together; what they measure means nothing.
"""

import functools
import io
import itertools
from collections.abc import Iterator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
import scipy.ndimage
import tensorflow_datasets as tfds
from PIL import Image

from tfiqa import backbones
from tfiqa import synthetic
from tfiqa.data import fingerprint
from tfiqa.data import prepared
from tfiqa.data.builders import builder_of
from tfiqa.data.load import load
from tfiqa.evaluation.distorted_pool import open_pool
from tfiqa.files import atomic
from tfiqa.files.csv_rows import csv_text
from tfiqa.methods import hyperiqa
from tfiqa.methods.hyperiqa import checkpoint
from tfiqa.models.hyperiqa_network import build_network
from tfiqa.report import published
from tfiqa.reproduction import tiny
from tfiqa.reproduction.making import NAMED
from tfiqa.reproduction.making import WATERLOO
from tfiqa.reproduction.setting import Setting

CONTENTS, VERSIONS = 10, 3
HEIGHT, WIDTH = 192, 208
HYPERIQA = tiny.official("hyperiqa/koniq_pretrained.pkl")
NIQE_FEATURES, ILNIQE_FEATURES = 36, 468


def write(setting: Setting, datasets: Sequence[str], needs: Sequence[str]) -> None:
    """Writes what a plan reads, unless it is there.

    Args:
        setting: The folders, those of tiny runs.
        datasets: Names of datasets.
        needs: As in `plans.Plan`.

    Raises:
        ValueError: If there is no stand-in for what is needed.
    """
    for name in datasets:
        base = name.partition("/")[0]
        if base in NAMED:
            write_folder(base, Path(setting.files))
            folder = Path(setting.files) / base
            prepared.prepare_dataset(name, manual_dir=folder, data_dir=setting.data)
        else:
            write_dataset(name, str(setting.data))
    write_weights(Path(setting.weights))
    for need in needs:
        kind, _, name = need.partition(":")
        if kind == "files":
            write_folder(name, Path(setting.files))
        elif kind == "scores":
            write_scores(name, setting)
        elif name == HYPERIQA:
            write_hyperiqa(Path(setting.weights) / name)
        elif not (Path(setting.weights) / name).exists():
            raise ValueError(f"A stand-in is expected for {need}. Received: none")


def write_dataset(name: str, data_dir: str) -> None:
    """Prepares a stand-in for a dataset of `datasets/`, unless it is prepared."""
    if prepared.is_prepared(name, data_dir=data_dir):
        return
    builder: Any = builder_of(name, data_dir=data_dir)
    examples = list(rated(name, builder.facts, builder.KEYS, builder.VECTORS))
    parts = {"train": examples}
    if builder.facts.parts:
        thirds = np.array_split(np.arange(len(examples)), len(builder.facts.parts))
        parts = {
            part: [examples[row] for row in rows]
            for part, rows in zip(builder.facts.parts, thirds, strict=True)
        }
    builder.examples = lambda folder: parts
    source = Path(data_dir)
    source.mkdir(parents=True, exist_ok=True)
    builder.download_and_prepare(
        download_config=tfds.download.DownloadConfig(
            manual_dir=source, try_download_gcs=False
        )
    )
    identity = fingerprint.of_name(f"stand-in for {builder.info.full_name}")
    fingerprint.write(identity, Path(builder.data_dir))


def rated(
    name: str, facts: Any, keys: Sequence[str], vectors: dict[str, int]
) -> Iterator[dict[str, Any]]:
    """Yields the examples of a stand-in, with the columns that its builder has."""
    types = types_of(name)
    low, high = facts.range or (0.0, 1.0)
    versions = itertools.product(range(CONTENTS), types, range(VERSIONS))
    for content, kind, level in versions:
        quality = (VERSIONS - level + content / CONTENTS) / (VERSIONS + 1)
        share = quality if facts.higher_is_better else 1 - quality
        columns = {
            "mos": low + (high - low) * share,
            "mos_std": 0.1 * (high - low),
            "reference_id": f"{content:02d}",
            "distortion": kind,
            "level": level + 1,
            **{key: np.zeros(length, np.float32) for key, length in vectors.items()},
        }
        yield {
            "image": io.BytesIO(encoded(picture(content, level, types.index(kind)))),
            "image_id": f"{content:02d}_{kind}_{level}.png",
            **{key: columns[key] for key in (*keys, *vectors)},
        }


def types_of(name: str) -> list[str]:
    """Returns the types of distortion that papers name for a database."""
    names = (
        number.of
        for number in published.numbers()
        if number.protocol == "repeats_per_distortion" and number.dataset == name
    )
    return list(dict.fromkeys(names)) or ["blur"]


@functools.cache
def picture(content: int, level: int = 0, kind: int = 0) -> np.ndarray:
    """Returns an image, uint8 `(192, 208, 3)`, more blurred at higher levels."""
    texture = synthetic.dead_leaves(content, 256)[:HEIGHT, :WIDTH]
    strength = 0.6 * level * (1 + 0.1 * kind)
    blurred = scipy.ndimage.gaussian_filter(
        texture.astype("float64"), (strength, strength, 0)
    )
    noise = np.random.default_rng(content).normal(0, 2, blurred.shape)
    return np.clip(blurred + noise, 0, 255).astype("uint8")


def encoded(pixels: np.ndarray) -> bytes:
    """Returns an image as PNG."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def write_folder(name: str, files: Path) -> None:
    """Writes pristine images, or the one file that a name with a suffix names."""
    if Path(name).suffix:
        paths = [files / name]
    else:
        below = WATERLOO if name == "waterloo" else name
        paths = [files / below / f"{content}.png" for content in range(4)]
    for content, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic.write_bytes(path, encoded(picture(content)))


def write_scores(name: str, setting: Setting) -> None:
    """Writes a table of another tool: numbers that mean nothing."""
    _, _, where = Path(name).stem.rpartition("-")
    files = Path(setting.files)
    if where == "waterloo":
        write_folder(where, files)
        names = open_pool(files / WATERLOO, cache=None).names()
    else:
        parts = load(where, data_dir=setting.data)
        sources = parts.train, parts.validation, parts.test
        names = [one for source in sources for one in source.image_ids]
    scores = np.random.default_rng(0).uniform(0, 100, len(names))
    rows = zip(names, map("{:.3f}".format, scores), strict=True)
    path = files / "scores" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(path, csv_text([("image_id", "score"), *rows]))


def write_weights(folder: Path) -> None:
    """Writes models of NIQE and IL-NIQE, and the trunk of a content network."""
    content = folder / tiny.CONTENT_WEIGHTS
    if content.exists():
        return
    random = np.random.default_rng(0)
    niqe = random.normal(1, 0.1, (1, NIQE_FEATURES)), np.eye(NIQE_FEATURES)
    template = np.empty((1, 4), object)
    shapes = (1, 5), (5, 5), (ILNIQE_FEATURES, 1), (ILNIQE_FEATURES, 5)
    for column, shape in enumerate(shapes):
        template[0, column] = np.eye(5) if column == 1 else random.normal(size=shape)
    for name, arrays in (
        (
            "niqe/modelparameters.mat",
            {"mu_prisparam": niqe[0], "cov_prisparam": niqe[1]},
        ),
        ("ilniqe/templateModel.mat", {"templateModel": template}),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        scipy.io.savemat(folder / name, arrays)
    backbone = backbones.build_backbone("resnet10_slim", None)
    backbone.layers[-1].save_weights(content)  # The trunk, as published files hold it.


def write_hyperiqa(path: Path) -> None:
    """Writes random arrays under the names of the released HyperIQA."""
    if path.exists():
        return
    network = build_network(**hyperiqa.Config(backbone_weights=None).network)
    random = np.random.default_rng(0)
    # Positive, since some are variances; small, so that no layer overflows.
    arrays = {
        name: random.uniform(0.001, 0.01, shape).astype("float32")
        for name, shape in checkpoint.stored_shapes(network).items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic.replacing(path) as scratch:
        np.savez(scratch, allow_pickle=False, **arrays)
