"""Images that are stored distorted: their classes, and who refuses them."""

import dataclasses

import numpy as np
import pytest

from tests.support.toy_source import toy_source
from tfiqa.data import images
from tfiqa.data.sources import Sources
from tfiqa.data.stored_versions import StoredVersions
from tfiqa.methods.contrique import batches as pipelines
from tfiqa.methods.contrique import drawing
from tfiqa.methods.contrique.config import Config
from tfiqa.methods.contrique.stored import stored_labels

CONFIG = Config(crop_size=32, batch_size=4, versions=2)
TYPES = ["jpeg", "jpeg", "white_noise", "gaussian_blur", "", "darken"]
LEVELS = [1, 5, 2, 1, -1, 3]
LABELS = [45, 49, 51, 125, 125, 82]


def stored(dataset="kadis700k", types=TYPES, levels=LEVELS):
    versions = StoredVersions(
        dataset, np.array(types), np.array(levels), np.array(["r"] * len(types))
    )
    source = dataclasses.replace(
        toy_source(len(types)), name=f"{dataset}/distorted", versions=versions
    )
    return images.of_source(source)


def labels_of(opened, config=CONFIG):
    labels = stored_labels(opened, config)
    assert labels is not None
    return labels.tolist()


def test_types_and_levels_are_classes():
    assert labels_of(stored()) == LABELS
    # As published, the first level of blur is a class, though nothing tells it apart.
    released = dataclasses.replace(CONFIG, unchanged_classes=True)
    assert labels_of(stored(), released) == [*LABELS[:3], 0, *LABELS[4:]]
    # The first level of another database's blur is one that can be seen.
    assert labels_of(stored("waterloo"))[3] == 0
    assert stored_labels(images.of_source(toy_source(3)), CONFIG) is None


def test_an_epoch_shows_each_stored_version_once(monkeypatch):
    monkeypatch.setattr(drawing, "distorted", None)  # Nothing is distorted again.
    opened = stored()
    shown = {}
    monkeypatch.setattr(
        pipelines, "_shown", lambda config, image, _: np.stack([image[:32, :32]] * 2)
    )
    config = dataclasses.replace(CONFIG, batch_size=3)
    assert pipelines.steps_per_epoch(opened, None, config) == 2
    data = pipelines.batches(opened, None, config, seed=0, epochs=range(1))
    for (views, _), labels in data.as_numpy_iterator():
        shown |= {
            view.tobytes(): int(label)
            for view, label in zip(views, labels, strict=True)
        }
    elements = opened.epoch(0, 0).as_numpy_iterator()
    expected = {
        element["image"][:32, :32].tobytes(): LABELS[element["index"]]
        for element in elements
    }
    assert shown == expected
    assert len(shown) == 6


@pytest.mark.parametrize(
    ("opened", "message"),
    [
        (stored(types=["jpeg", "fog"], levels=[1, 2]), r"darken.*\('fog', 2\)"),
        (stored(types=["jpeg", "jpeg"], levels=[1, 6]), r"from 1 to 5.*\('jpeg', 6\)"),
        (stored(types=["jpeg"], levels=[-1]), r"\('jpeg', -1\)"),
        (
            images.joined([stored(), images.of_source(toy_source(3))]),
            "without any other images.*kadis700k/distorted,toy",
        ),
    ],
)
def test_what_cannot_be_a_class_is_told(opened, message):
    with pytest.raises(ValueError, match=message):
        stored_labels(opened, CONFIG)


def test_methods_that_distort_refuse_distorted_images():
    """The message names the flag that is right."""
    distorted, pristine = stored(), images.of_source(toy_source(3))
    received = r"Received: --images kadis700k/distorted,"
    with pytest.raises(
        ValueError, match=rf"`--images kadis700k/pristine`\. {received}"
    ):
        Sources(images=distorted).unlabeled()
    mixed = images.joined([pristine, distorted])
    with pytest.raises(ValueError, match=received):
        Sources(images=mixed).unlabeled()
    rated = dataclasses.replace(distorted, name="tid2013")
    with pytest.raises(ValueError, match="`--images` with the reference images"):
        Sources(images=rated).unlabeled()
    assert Sources(images=distorted).undistorted_or_versions() is distorted
    assert Sources(images=pristine).unlabeled() is pristine
    # Photographs are compared as they are.
    assert Sources(images=pristine, authentic_images=distorted).unlabeled() is pristine
