"""A small database and small scorers, with and without mistakes."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tests.support.toy_scorer import picture
from tests.support.toy_scorer import toy_scorer
from tests.support.toy_source import png
from tfiqa.data.load import Source
from tfiqa.data.load import Splits
from tfiqa.evaluation.databases import of_splits

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
    low = picture(0, side, 30).astype("float64") - 128
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
def flags_given(scorer_files, tmp_path):
    """The flags of `tfiqa.evaluate` with one scorer, to be changed."""
    return types.SimpleNamespace(
        model=[str(scorer_files / "first.keras")],
        encoder=[],
        method=[],
        train_flags="",
        scores=[],
        scores_column="score",
        scores_id=None,
        dataset=["toy"],
        data_dir=None,
        protocol=["split"],
        split="test",
        split_seed=0,
        repeats=2,
        labels=[],
        pristine=None,
        pictures=None,
        levels=2,
        seed=0,
        resamples=50,
        logistic=["4"],
        reference=None,
        cache=None,
        output=str(tmp_path / "out"),
        report=None,
        looks=0,
        scenes=0,
    )
