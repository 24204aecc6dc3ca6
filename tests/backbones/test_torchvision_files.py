"""Torchvision's weights: found by name, checked, read with the classifier."""

import hashlib

import numpy as np
import pytest
from keras import ops

from tfiqa.backbones import build_backbone
from tfiqa.backbones import checks
from tfiqa.backbones import torchvision_classifier
from tfiqa.backbones import torchvision_files
from tfiqa.backbones import torchvision_shapes
from tfiqa.methods import contentsep
from tfiqa.methods import hyperiqa
from tfiqa.methods import linear_probe


@pytest.fixture
def caches(tmp_path, monkeypatch):
    """Empty caches, no network, and a backbone whose file can be put there."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    content = b"weights"
    begins = hashlib.sha256(content).hexdigest()[:8]
    monkeypatch.setitem(torchvision_files.FILES, "resnet18", f"resnet18-{begins}.pth")

    def refuse(*arguments, **options):
        raise OSError("no network")

    monkeypatch.setattr("keras.utils.get_file", refuse)
    folder = tmp_path / "torch" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder / f"resnet18-{begins}.pth", content


def test_the_papers_weights_are_named_by_file_and_checksum():
    assert torchvision_files.FILES["resnet50"] == "resnet50-0676ba61.pth"
    assert hyperiqa.Config().backbone_weights == "torchvision"
    assert linear_probe.Config().backbone_weights == "torchvision"
    config = contentsep.Config()
    assert (config.content, config.content_weights) == (
        "resnet50_torchvision",
        "torchvision",
    )


def test_a_file_in_a_cache_is_found(caches):
    path, content = caches
    path.write_bytes(content)
    assert torchvision_files.torchvision_file("resnet18") == path


def test_without_a_file_the_error_says_what_to_do(caches):
    path, _ = caches
    with pytest.raises(ValueError, match="no network") as raised:
        torchvision_files.torchvision_file("resnet18")
    for part in (path.name, str(path.parent), "timm's A1", "https://"):
        assert part in str(raised.value)
    config = hyperiqa.Config(backbone="resnet18")
    with pytest.raises(ValueError, match="`backbone_weights` is 'torchvision'"):
        checks.check(config)
    with pytest.raises(ValueError, match=r"resnet18, .*'imagenet'.*'densenet169'"):
        torchvision_files.torchvision_file("densenet169")


def test_an_altered_file_is_refused(caches):
    path, content = caches
    path.write_bytes(content + b"!")
    with pytest.raises(ValueError, match=r"incomplete or altered.*Remove it"):
        torchvision_files.torchvision_file("resnet18")
    # Also where it is named as the weights.
    with pytest.raises(ValueError, match="incomplete or altered"):
        build_backbone("resnet18", path)


@pytest.mark.parametrize("normalized", [False, True])
def test_the_classifier_is_read_with_the_trunk(tmp_path, normalized):
    trunk = build_backbone("resnet10_slim", None).layers[-1]
    rng = np.random.default_rng(0)
    arrays = {
        name: np.abs(rng.normal(0.5, 0.1, shape)).astype("float32")
        * (0.1 if len(shape) == 4 else 1)
        for name, shape in torchvision_shapes(trunk).items()
    }
    length = trunk.outputs[-1].shape[-1]
    arrays["fc.weight"] = rng.normal(size=(7, length)).astype("float32")
    arrays["fc.bias"] = rng.normal(size=7).astype("float32")
    path = tmp_path / "w.npz"
    np.savez(path, **arrays)
    options = {"size": 32, "normalized": normalized}
    model = torchvision_classifier.build_torchvision_classifier(
        "resnet10_slim", path, **options
    )
    images = rng.uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    maps = build_backbone("resnet10_slim", path, **options)(images)[-1]
    features = ops.convert_to_numpy(maps).mean((1, 2))
    logits = features @ arrays["fc.weight"].T + arrays["fc.bias"]
    odds = np.exp(logits - logits.max(1, keepdims=True))
    np.testing.assert_allclose(
        ops.convert_to_numpy(model(images)),
        odds / odds.sum(1, keepdims=True),
        rtol=1e-3,
        atol=1e-6,
    )
    del arrays["fc.weight"]
    np.savez(path, **arrays)
    with pytest.raises(ValueError, match=r"classifier.*whose `fc\.weight` is None"):
        torchvision_classifier.build_torchvision_classifier("resnet10_slim", path)
