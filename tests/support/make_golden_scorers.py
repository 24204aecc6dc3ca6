"""Writes `tests/golden/*.keras` and `scorers.npz`: what the tests of old files load.

    git worktree add ../old 2194128
    cp -r tests/support tests/golden ../old/tests
    cd ../old && PYTHONPATH=. python tests/support/make_golden_scorers.py

It runs on the code of the commit 2194128 alone: it builds networks by names that later
versions may move, and narrows constants that a `Config` does not reach. Run it again
for nothing but a new format, from an old commit; a file that changes with the code it
guards guards nothing.
"""

import dataclasses
import functools
import json
import subprocess
import sys
import zipfile
from unittest import mock

import keras
import numpy as np
from tests.toy_scorer import toy_scorer

from tests.support import golden_files
from tests.support.golden_files import GOLDEN
from tfiqa import backbones
from tfiqa import frozen
from tfiqa import layers
from tfiqa import losses
from tfiqa import optimizers
from tfiqa import pristine
from tfiqa import trunks
from tfiqa.calibration import calibrated
from tfiqa.data.images import Images
from tfiqa.methods import contentsep
from tfiqa.methods import contrique
from tfiqa.methods import hyperiqa
from tfiqa.methods import ilniqe
from tfiqa.methods import linear_probe
from tfiqa.methods import niqe
from tfiqa.methods import reiqa
from tfiqa.methods.contentsep import network as contentsep_network
from tfiqa.methods.contrique import network as contrique_network
from tfiqa.methods.hyperiqa import network as hyperiqa_network
from tfiqa.methods.reiqa import network as reiqa_network
from tfiqa.regression import fit_elastic_net
from tfiqa.regression import fit_ridge
from tfiqa.run_folder import save_model
from tfiqa.vision_transformer import vision_transformer

COMMIT = "2194128"
RESNET = "tiny_resnet10_slim"
METADATA = {"dataset": "golden", "mos_range": [0.0, 100.0], "unit": "MOS"}

# How many times narrower each kind of backbone is than the published network.
NARROWER = {
    **dict.fromkeys(("resnet10_slim", "mobilenet_v3_small"), 16),
    **dict.fromkeys(("resnet18", "resnet50", "vgg16", "densenet169"), 32),
}


def narrowed(model: keras.Model, times: int) -> keras.Model:
    """Returns a network with layers of the same names and fewer filters."""
    config = model.get_config()
    for layer in config["layers"]:
        layer.pop("build_config", None)
        if "filters" in layer["config"]:
            layer["config"]["filters"] = max(layer["config"]["filters"] // times, 2)
    return keras.Model.from_config(config)


def narrow_backbones() -> dict[str, trunks.Backbone]:
    """Returns a tiny backbone of every kind, `tiny_NAME`."""
    rows = {}
    for name, times in NARROWER.items():
        row = trunks.BACKBONES[name]
        build = functools.partial(_narrow_trunk, row.trunk, times)
        rows[f"tiny_{name}"] = dataclasses.replace(row, trunk=build)
    vit = functools.partial(vision_transformer, side=64, depth=4, heads=2, length=8)
    rows["tiny_vit"] = dataclasses.replace(trunks.BACKBONES["vit_tiny"], trunk=vit)
    return rows


def _narrow_trunk(build, times: int, imagenet: bool) -> keras.Model:
    return narrowed(build(imagenet), times)


def drawn(model: keras.Model, seed: int) -> keras.Model:
    """Draws all weights of a model by NumPy, of few digits; returns the model.

    Variances stay positive, and kernels keep the scale of their inputs.
    """
    rng = np.random.default_rng(seed)
    for variable in model.variables:
        shape = tuple(variable.shape)
        # Few digits, so that files are small.
        draw = np.round(4 * rng.standard_normal(shape)) / 4
        if variable.name.endswith("variance"):
            draw = 1 + np.abs(draw) / 8
        elif variable.name == "gamma":
            draw = 1 + draw / 8
        elif len(shape) <= 1:
            draw = draw / 8
        else:
            draw = draw * 2.0 ** np.round(np.log2(2 / np.prod(shape[:-1])) / 2)
        variable.assign(draw.astype(variable.dtype))
    return model


def contrique_encoder(backbone: str, seed: int) -> keras.Model:
    config = contrique.Config(backbone=backbone)
    return contrique_network.build_encoder(
        drawn(contrique_network.build_trunk(config), seed)
    )


def reiqa_encoder(expert: str, seed: int) -> keras.Model:
    config = reiqa.Config(expert=expert, backbone=RESNET)
    return reiqa_network.build_encoder(drawn(reiqa_network.build_trunk(config), seed))


def contentsep_encoder(levels: int, seed: int) -> keras.Model:
    config = contentsep.Config(
        backbone=RESNET, levels=levels, penalty=0.0, content_weights=None
    )
    return drawn(contentsep_network.build_encoder(config), seed)


def encoders() -> dict[str, keras.Model]:
    """Returns an encoder of every method that has one, and of a transformer."""
    return {
        "contrique_encoder": contrique_encoder(RESNET, 1),
        **{
            f"{name}_encoder": contrique_encoder(name, seed)
            for seed, name in enumerate(sorted(narrow_backbones()), 61)
        },
        "reiqa_quality_encoder": reiqa_encoder("quality", 4),
        "reiqa_joined_encoder": reiqa_network.join(
            content=reiqa_encoder("content", 5), quality=reiqa_encoder("quality", 6)
        ),
        "contentsep_encoder": contentsep_encoder(1, 7),
        "contentsep_bands_encoder": contentsep_encoder(5, 8),
    }


def regression(model: keras.Model, seed: int, *, elastic_net: bool = False):
    """Returns a regression of drawn scores on features like those of a model."""
    rng = np.random.default_rng(seed)
    scale = float(np.abs(golden_files.output_of(model)).max())
    features = rng.normal(0, scale, (60, model.output_shape[-1])).astype("float32")
    mos = 50 + 10 * features[:, 0] / scale + rng.normal(0, 3, 60)
    if elastic_net:
        return fit_elastic_net(features, mos, 0.1, l1_ratio=0.5, standardized=False)
    return fit_ridge(features, mos, 0.1, standardized=True)


def metadata(method: str) -> dict:
    return {"method": method, "min_side": 1, "version": "0.1.0", **METADATA}


def hyperiqa_scorer(seed: int, **fields) -> keras.Model:
    config = hyperiqa.Config(
        backbone=RESNET,
        backbone_weights=None,
        crop_size=64,
        content_length=56,
        hyper_channels=4,
        hidden=(8, 4),
        grid=2,
        **fields,
    )
    with mock.patch.object(hyperiqa_network, "REDUCTION", (6, 5)):
        network = drawn(hyperiqa_network.build_network(config), seed)
    return hyperiqa_network.build_scorer(
        network, config, scale=9.0, offset=50.0, metadata=metadata("hyperiqa")
    )


def linear_probe_scorer(backbone: str, seed: int) -> keras.Model:
    config = linear_probe.Config(backbone=backbone, backbone_weights=None, tile_size=64)
    descriptor = drawn(linear_probe.build_descriptor(config), seed)
    return frozen.build_scorer(
        descriptor,
        regression(descriptor, seed),
        metadata("linear_probe"),
        name="linear_probe",
    )


class Pictures:
    """Three pictures that stand for pristine ones; see `Images`."""

    name = "golden"
    count = 3

    def epoch(self, seed: int, epoch: int):
        import tensorflow as tf

        pictures = [golden_files.image()[:, :, turn] for turn in _TURNS]
        return tf.data.Dataset.from_tensor_slices({"image": np.stack(pictures)})


_TURNS = ([0, 1, 2], [1, 2, 0], [2, 1, 0])


def distance_scorer(method: str, encoder: keras.Model) -> keras.Model:
    scoring = pristine.Scoring(patch_size=48, stride=24, sharpness=0.1)
    scoring = dataclasses.replace(scoring, colourfulness=0.1)
    images: Images = Pictures()
    return pristine.distance_scorer(encoder, images, scoring, method=method, seed=0)


def natural_scene_scorers() -> dict[str, keras.Model]:
    """Returns NIQE and IL-NIQE, of drawn statistics."""
    rng = np.random.default_rng(31)
    root = rng.normal(0, 1, (80, 36))
    arrays = {
        "mu_prisparam": rng.normal(1, 0.1, (1, 36)),
        "cov_prisparam": np.cov(root.T) + np.eye(36),
    }
    kept = 12
    directions, _ = np.linalg.qr(rng.normal(0, 1, (ilniqe.FEATURES, kept)))
    published = {
        "templateModel{0}": rng.normal(0, 0.1, (1, kept)),
        "templateModel{1}": np.diag(np.linspace(1, 3, kept)),
        "templateModel{2}": rng.normal(1, 0.1, (ilniqe.FEATURES, 1)),
        "templateModel{3}": directions,
    }
    ilniqe_config = ilniqe.Config(side=168)
    distance = layers.ILNIQEDistance(kept, "float32", name="distance")
    mean, covariance = arrays["mu_prisparam"][0], arrays["cov_prisparam"]
    return {
        "niqe": niqe.build_scorer(niqe.Config(), mean, covariance, dataset="golden"),
        "niqe_published": niqe.convert(arrays, niqe.Config()),
        "ilniqe": ilniqe._scorer(
            ilniqe_config,
            published["templateModel{2}"][:, 0],
            directions,
            distance,
            dataset="golden",
        ),
        "ilniqe_published": ilniqe.convert(published, ilniqe_config),
    }


def scorers() -> dict[str, keras.Model]:
    """Returns a scorer of every method and of every head."""
    contrique_one = contrique_encoder(RESNET, 11)
    difference = contrique_encoder(RESNET, 12)
    reiqa_one = reiqa_network.join(
        content=reiqa_encoder("content", 13), quality=reiqa_encoder("quality", 14)
    )
    probe = linear_probe_scorer(RESNET, 15)
    rng = np.random.default_rng(32)
    predictions = rng.normal(50, 20, 80)
    mos = np.clip(predictions + rng.normal(0, 8, 80), 0, 100)
    return {
        "contrique": contrique_network.build_scorer(
            contrique_one, regression(contrique_one, 1), metadata("contrique")
        ),
        "contrique_reference": contrique_network.build_reference_scorer(
            difference, regression(difference, 2), metadata("contrique")
        ),
        "contentsep": distance_scorer("contentsep", contentsep_encoder(1, 16)),
        "pristine_distance": distance_scorer(
            "pristine_distance", contrique_encoder("tiny_vit", 17)
        ),
        "hyperiqa": hyperiqa_scorer(18),
        "hyperiqa_dense": hyperiqa_scorer(19, hyper=False, coverage="full"),
        "hyperiqa_resized": hyperiqa_scorer(20, multi_scale=False, resize=(96, 128)),
        "linear_probe": probe,
        "linear_probe_vit": linear_probe_scorer("tiny_vit", 21),
        "calibrated": calibrated(
            linear_probe_scorer(RESNET, 22),
            predictions,
            mos,
            mos_range=(0.0, 100.0),
            dataset="golden",
        ),
        "reiqa": frozen.build_scorer(
            reiqa_one,
            regression(reiqa_one, 3, elastic_net=True),
            metadata("reiqa"),
            name="reiqa",
        ),
        **{f"{k}_tiny": v for k, v in natural_scene_scorers().items()},
    }


def objects() -> dict[str, object]:
    """Returns one of each registered class that no scorer or encoder holds."""
    return {
        "AdaptiveMean": layers.AdaptiveMean(3, name="parts"),
        "QualityLoss": losses.QualityLoss(toy_scorer(), largest=1.0),
        "SceneContrast": losses.SceneContrast(0.2, parts=2),
        "SupervisedNTXent": losses.SupervisedNTXent(0.2, block=64),
        "WarmUpCosine": optimizers.WarmUpCosine(0.6, 100, 0.2),
        "EpochCosine": optimizers.EpochCosine(0.3, 10, 5, warm_up=1, floor=1e-2),
        "LARS": optimizers.LARS(0.2, momentum=0.8, l2=1e-4, trust=2e-3),
        "TorchAdam": optimizers.TorchAdam(
            2e-5, fast_layers=("hyper_",), fast_ratio=8.0, l2=5e-4
        ),
        "TorchSGD": optimizers.TorchSGD(
            optimizers.WarmUpCosine(0.6, 100), 0.9, 1e-4, no_decay=("gamma$",)
        ),
    }


def save(model: keras.Model, name: str) -> np.ndarray:
    """Writes a model, compressed; returns what the model that is read again says."""
    path = save_model(model, GOLDEN / f"{name}.keras")
    with zipfile.ZipFile(path) as stored:
        parts = {part: stored.read(part) for part in stored.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for part, content in parts.items():
            archive.writestr(zipfile.ZipInfo(part), content, zipfile.ZIP_DEFLATED)
    again = keras.saving.load_model(path, compile=False)
    return golden_files.output_of(again)


def main() -> None:
    head = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    if not head.startswith(COMMIT):
        sys.exit(f"The commit {COMMIT} is expected. Received: {head}")
    backbones.BACKBONES.update(narrow_backbones())
    result = {}
    for name, model in scorers().items():
        result[f"scorer/{name}"] = save(model, name)
    for name, model in encoders().items():
        result[f"encoder/{name}"] = save(model, name)
    for name in ("niqe", "ilniqe", "photo"):
        result[f"scorer/{name}"] = golden_files.output_of(
            golden_files.load_scorer(name)
        )
    configs = {
        name: keras.saving.serialize_keras_object(one)
        for name, one in objects().items()
    }
    text = json.dumps(configs, separators=(",", ":"), sort_keys=True)
    (GOLDEN / "objects.json").write_text(f"{text}\n")
    np.savez_compressed(GOLDEN / "scorers.npz", **result)
    for name, values in result.items():
        print(name, values[:3])
        assert np.isfinite(values).all(), name


if __name__ == "__main__":
    main()
