"""contentsep's first stage on versions that a dataset stores."""

import dataclasses

import numpy as np
import pytest

from tests.support import tiny_scorers
from tests.support.toy_scorer import toy_image
from tests.support.toy_source import source_of
from tests.support.toy_source import toy_source
from tfiqa import trainers
from tfiqa.config.overrides import override
from tfiqa.data import images
from tfiqa.data.sources import Sources
from tfiqa.data.stored_versions import StoredVersions
from tfiqa.methods import contentsep
from tfiqa.methods.contentsep import scenes

FAST = {**contentsep.QUICK, **tiny_scorers.FAST["contentsep"]}
CONFIG = override(contentsep.Config(), {**FAST, "versions": 3})
CONTENTS = 5


def stored(references, types, levels, pixels, name):
    versions = StoredVersions(
        "kadis700k", np.array(types), np.array(levels), np.array(references)
    )
    source = dataclasses.replace(source_of(pixels), name=name, versions=versions)
    return images.of_source(source)


def opened(levels=4):
    """Returns distorted and pristine images: a level adds 10 to a scene's pixels."""
    pictures = [toy_image(n, 56, 64) // 2 for n in range(CONTENTS)]
    rows = [(n, level) for n in range(CONTENTS) for level in range(1, levels + 1)]
    distorted = stored(
        [f"scene {n}" for n, _ in rows],
        ["jpeg"] * len(rows),
        [level for _, level in rows],
        [pictures[n] + 10 * level for n, level in rows],
        "kadis700k/distorted",
    )
    pristine = stored(
        [f"scene {n}" for n in range(CONTENTS)],
        [""] * CONTENTS,
        [-1] * CONTENTS,
        pictures,
        "kadis700k/pristine",
    )
    return distorted, pristine


def test_views_are_those_of_stored_files():
    """The same two crops of the reference and of two levels, which are not changed."""
    distorted, pristine = opened()
    both = images.joined([distorted, pristine])
    batches = scenes.scene_batches(both, CONFIG, seed=0, epochs=range(2))
    seen = []
    for views, labels in batches.as_numpy_iterator():
        assert views.shape == (4, 3, 2, 24, 24, 3)
        assert labels.shape == (4, 1)
        for versions in views.astype(int):
            shifts = versions[1:] - versions[:1]
            levels = shifts[:, 0, 0, 0, 0]
            assert (shifts == levels[:, None, None, None, None]).all()
            assert len(set(levels)) == 2
            seen += levels.tolist()
    assert set(seen) == {10, 20, 30, 40}


def test_pristine_images_are_needed_and_named(tmp_path):
    """They are what the scorer compares with; distorted ones must not be."""
    distorted, pristine = opened()
    run = trainers.Run(tmp_path, verbose=0)
    config = override(CONFIG, {"epochs": 0})
    flag = "`--images kadis700k/distorted,kadis700k/pristine`"
    with pytest.raises(ValueError, match=f"{flag}. Received: --images kadis700k/dist"):
        contentsep.check(config, Sources(images=distorted), run)
    both = images.joined([distorted, pristine])
    contentsep.check(config, Sources(images=both), run)
    assert Sources(images=both).pristine() is pristine
    # Reference images from elsewhere serve the scorer; the scenes are files alone.
    other = images.joined([distorted, images.of_source(toy_source(8))])
    contentsep.check(config, Sources(images=other), run)
    assert scenes.scenes_of(other, config).count == CONTENTS
    with pytest.raises(ValueError, match=r"a batch takes, 6,.*5 have 3 versions"):
        contentsep.check(override(config, {"scenes": 6}), Sources(images=both), run)
    with pytest.raises(ValueError, match="6 stored versions of one type"):
        contentsep.check(override(config, {"versions": 6}), Sources(images=both), run)


@pytest.mark.slow
def test_the_scorer_compares_with_pristine_images(tmp_path, capsys):
    distorted, pristine = opened()
    sources = Sources(images=images.joined([distorted, pristine]))
    config = override(CONFIG, {"epochs": 0, "sharpness": 0.0})
    scorer = contentsep.train(config, sources, trainers.Run(tmp_path, verbose=2))
    assert (
        "5 scenes of kadis700k/distorted,kadis700k/pristine" in capsys.readouterr().out
    )
    assert scorer.layers[-1].metadata["dataset"] == "kadis700k/pristine"
    assert np.isfinite(np.asarray(scorer(toy_image(1)[None].astype("float32")))).all()
