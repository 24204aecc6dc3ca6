"""Trains a small HyperIQA and keeps its weights; see `test_fit`."""

import sys
from pathlib import Path

import numpy as np

from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data.sources import Sources
from tfiqa.methods import hyperiqa

TINY = {
    **hyperiqa.QUICK,
    "crop_size": 32,
    "hidden": (8, 4),
    "content_length": 64,
    "patches": 2,
    "batch_size": 4,
    "epochs": 5,
    "grid": 1,
}


def main(folder, resume):
    run = trainers.Run(Path(folder), seed=3, resume=resume == "resume", verbose=2)
    sources = Sources(toy_source(12), toy_source(5))
    config = override(hyperiqa.Config(), TINY)
    scorer = hyperiqa.train(config, sources, run)
    np.savez(f"{folder}/weights.npz", *scorer.get_weights())


if __name__ == "__main__":
    main(*sys.argv[1:])
