"""Recipes of contentsep: overrides of its config."""

# For first trials: a slim network, small images, and no penalty, since no network that
# recognizes content comes without a download.
QUICK = {
    "backbone": "resnet10_slim",
    "synthetic_epochs": 3,
    "scene_height": 128,
    "scene_width": 128,
    "scenes": 8,
    "synthetic_rate": 1e-3,
    "epochs": 2,
    "crop_size": 96,
    "predictor_width": 64,
    "penalty": 0.0,
    "content_weights": None,
}

# M-SCQALE, which the poster starts from: five networks, each for one band, and no
# second stage. k versions and scenes of each network, epochs, sharpness and components
# are those of its authors' code. It learns from bands of views, theirs from views of
# bands.
M_SCQALE = {
    "levels": 5,
    "version_types": "any",
    "band_versions": (10, 10, 20, 40, 40),
    "band_scenes": (4, 4, 8, 16, 32),
    "synthetic_epochs": 110,
    "epochs": 0,
    "penalty": 0.0,
    "content_weights": None,
    "sharpness": 0.3,
    "components": 2048,
}

# The authors' code pairs most features with the content of other images; and without
# its switch for the paper's likelihood it uses CLUB's.
RELEASED = {
    "official_literal": {"pairing": "released"},
    "official_log_likelihood": {"pairing": "released", "likelihood": "log"},
}

# A ladder of stages on a CPU. The paper's second stage sees views at their own scale,
# about 240 pixels resized to 256; smaller crops are cut, since resized ones would lose
# what distortions leave in the pixels. The estimator learns alone until it predicts the
# content of held pairs, and its penalty is a share of what an exact prediction gives.
# A penalty of 1 was measured to remove quality too, see docs/biq2021.md.
SMALL = {
    "backbone": "resnet10_slim",
    "synthetic_epochs": 24,
    "scene_height": 192,
    "scene_width": 256,
    "synthetic_rate": 1e-3,
    "epochs": 6,
    "crop_size": 96,
    "view_scale": "native",
    "learning_rate": 1e-4,
    "predictor_rate": 1e-3,
    "predictor_width": 64,
    "penalty": 0.1,
    "penalty_unit": "content",
    "penalty_from": 0,
    "estimator_mean": "softmax",
    "estimator_epochs": 1,
    "estimator_rate": 1e-3,
    "estimator_decay": 0.0,
    "held_pairs": 128,
    "patience": 2,
    "content": "efficientnet_lite0_package",
    "content_weights": "package",
    "content_normalization": "imagenet",
}
