"""The recipes of HyperIQA, and the rows of its ablation: changes of its `Config`."""

# For first trials: a slim trunk from random weights on generated images.
QUICK = {
    "backbone": "resnet10_slim",
    "backbone_weights": None,
    "hidden": (112, 56, 32, 16),
    "labels": "standardized",
    "crop_size": 128,
    "patches": 2,
    "batch_size": 16,
    "epochs": 16,
    "schedule": "cosine",
    "learning_rate": 5e-4,
    "hyper_ratio": 1.0,
    "weight_decay": 0.0,
    "grid": 2,
}

# What made the preset `hyperiqa`: a small hyper network on cached maps of a trunk.
BOX = {
    "backbone": "efficientnet_lite0",
    "backbone_weights": "package",
    "frozen_stages": 4,
    "cache_maps": True,
    "content_length": 112,
    "reduction": (128, 64),
    "hyper_channels": 56,
    "hidden": (56, 28, 14, 7),
    "labels": "standardized",
    "patches": 4,
    "epochs": 6,
    "schedule": "cosine",
    "learning_rate": 5e-5,
    "map_dropout": 0.3,
    "grid": 3,
}

# Table 5 of the paper: the trunk alone, with multi-scale content (MS), with the hyper
# network (Hyp), and with both.
ABLATION = {
    "Res50": {"multi_scale": False, "hyper": False},
    "Res50+MS": {"multi_scale": True, "hyper": False},
    "Res50+Hyp": {"multi_scale": False, "hyper": True},
    "Res50+MS+Hyp": {"multi_scale": True, "hyper": True},
}

# What the authors' code does, and what it seems to intend: it stops training the hyper
# network after the first epoch, because an iterator over its weights is exhausted.
_OFFICIAL = {
    "initialization": "official",
    "labels": "raw",
    "epochs": 16,
    "fast": "hyper",
}
RELEASED = {
    "official_intended": {**_OFFICIAL, "schedule": "official_intended"},
    "official_literal": {**_OFFICIAL, "schedule": "official_literal"},
    # The preprocessing of the released KonIQ-10k model: images are squeezed to 384
    # columns and 512 rows, whatever their aspect ratio.
    "official_koniq": {
        **_OFFICIAL,
        "schedule": "official_intended",
        "resize": (512, 384),
    },
}
