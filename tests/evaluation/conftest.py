"""A small database and small scorers, with and without mistakes."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from tests.support.toy_scorer import toy_image
from tests.support.toy_scorer import toy_scorer
from tests.support.toy_source import png
from tfiqa.data.load import Source
from tfiqa.data.load import Splits
from tfiqa.evaluation.databases import of_splits
from tfiqa.evaluation.request import EvaluationRequest
from tfiqa.evaluation.request import PredictorsRequest
from tfiqa.evaluation.request import PristineRequest
from tfiqa.evaluation.request import ProtocolOptions
from tfiqa.evaluation.run import evaluate_request
from tfiqa.evaluation.writing import write_results

CONTENTS, LEVELS = 12, 4


def source(contents, *, name="toy", broken=()):
    """Returns pictures of four contrasts each, half of two types of distortion."""
    rows = [(content, level) for content in contents for level in range(LEVELS)]
    ids = [f"{content:02d}-{level}.png" for content, level in rows]
    pictures = [
        b"no picture" if one in broken else png(contrasted(content, level))
        for one, (content, level) in zip(ids, rows, strict=True)
    ]
    mos = np.array([level + 0.05 * content for content, level in rows], "float32")
    columns = {
        "image": pictures,
        "image_id": ids,
        "mos": mos,
        "reference_id": [f"{content:02d}" for content, _ in rows],
        "distortion": ["noise" if level % 2 else "blur" for _, level in rows],
    }
    return Source(
        name=name,
        examples=tf.data.Dataset.from_tensor_slices(columns),
        count=len(rows),
        mos=mos,
        image_ids=tuple(ids),
        mos_range=(0.0, 4.0),
        mean_bytes=1000,
    )


def contrasted(content, level):
    side = 24 + 8 * (content % 3)
    low = toy_image(0, side, 30).astype("float64") - 128
    noise = np.random.default_rng(content).uniform(0.9, 1.1)
    return np.clip(128 + low * (0.4 + level) * noise, 0, 255).astype("uint8")


def splits_of(name="toy", *, broken=(), first=0):
    parts = np.split(first + np.arange(CONTENTS), [7, 9])
    train, validation, test = (source(p, name=name, broken=broken) for p in parts)
    return Splits(train, validation, test, fingerprint=f"{name}0123456789abcdef")


@pytest.fixture
def database():
    return of_splits(splits_of())


@pytest.fixture
def broken_database():
    return of_splits(splits_of(broken=("10-1.png",)))


@pytest.fixture(scope="session")
def scorer_files(tmp_path_factory):
    """Two scorers and, as an encoder, the features of one."""
    folder = tmp_path_factory.mktemp("scorers")
    for name, dataset in (("first", "toy"), ("second", "other")):
        size = 16 if name == "first" else 12
        toy_scorer(size, dataset=dataset).save(folder / f"{name}.keras")
    return folder


@pytest.fixture
def databases():
    """Two databases, of which one image is broken."""
    return {
        "toy": of_splits(splits_of(broken=("10-1.png",))),
        "other": of_splits(splits_of("other", first=20)),
    }


@pytest.fixture
def make_request(scorer_files, databases, tmp_path):
    """A function from fields, nested ones too, to a request on small databases."""

    def make(**changes):
        fields = {
            "models": [str(scorer_files / "first.keras")],
            "datasets": ["toy"],
            "repeats": 2,
            "levels": 2,
            "resamples": 50,
            "cache": tmp_path / "out" / "cache",
            **changes,
        }
        parts = {"predictors": PredictorsRequest, "options": ProtocolOptions}
        for name, kind in parts.items():
            names = [one.name for one in dataclasses.fields(kind)]
            inner = {one: fields.pop(one) for one in names if one in fields}
            fields[name] = kind(**inner)
        fields["datasets"] = [databases[one] for one in fields["datasets"]]
        return EvaluationRequest(**fields)

    return make


@pytest.fixture
def evaluate(make_request, tmp_path):
    """A function that evaluates a request and writes its results into `out`."""

    def run(*, train=None, **changes):
        options = {} if train is None else {"train": train}
        results = evaluate_request(make_request(**changes), **options)
        write_results(results, tmp_path / "out")
        return results

    return run


def written(folder):
    """Returns what is in `results.json` and the rows of `results.csv`."""
    with open(folder / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    return json.loads((folder / "results.json").read_text()), rows


class Trainer:
    """Stands for training: notes the flags, and leaves a scorer and its record."""

    def __init__(self, scorer):
        self.scorer = scorer
        self.calls = []

    def __call__(self, arguments):
        values = dict(one[2:].partition("=")[::2] for one in arguments)
        self.calls.append(values)
        folder = Path(values["output"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "scorer.keras").write_bytes(self.scorer.read_bytes())
        (folder / "run.json").write_text(json.dumps({"outcome": values}))


@pytest.fixture
def trainer(scorer_files):
    return Trainer(scorer_files / "first.keras")


@pytest.fixture(scope="session")
def pristine_folder(tmp_path_factory):
    """Two usable images, one that is too small and one that does not decode."""
    folder = tmp_path_factory.mktemp("pristine")
    for name in ("a.png", "b.png"):
        coarse = np.random.default_rng(ord(name[0])).integers(0, 256, (12, 14, 3))
        image = Image.fromarray(coarse.astype("uint8"))
        image.resize((200, 184), Image.Resampling.BICUBIC).save(folder / name)
    Image.new("RGB", (200, 100)).save(folder / "c.png")
    (folder / "d.png").write_bytes(b"no picture")
    return PristineRequest(folder)
