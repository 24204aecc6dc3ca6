"""Batches of scenes for the first stage: views of differently distorted versions.

Scenes are distorted here, or their versions are stored, as those of
`kadis700k/distorted` are: the authors' own set-up.
"""

from typing import Any

from tfiqa.data import views
from tfiqa.data.images import Images
from tfiqa.data.ops import split_seed
from tfiqa.data.order import WHOLE
from tfiqa.data.order import Part
from tfiqa.data.stored_scenes import StoredScenes
from tfiqa.data.stored_scenes import stored_scenes
from tfiqa.distortions.unchanged import stored_unchanged
from tfiqa.methods.contentsep.config import Config
from tfiqa.synthetic.versions import versions


def scene_crops(config: Config) -> int:
    """Returns the number of crops in a batch of the first stage."""
    return 2 * config.versions * config.scenes


def scenes_of(images: Images, config: Config) -> Images | StoredScenes:
    """Returns the scenes of the first stage: images to distort, or stored versions.

    Raises:
        ValueError: If no scene has enough stored versions.
    """
    if not images.distorted:
        return images
    return stored_scenes(
        images,
        size=config.versions,
        types=config.version_types,
        unchanged=stored_unchanged,
    )


def scene_batches(
    images: Images, config: Config, *, seed: int, epochs: range, part: Part = WHOLE
) -> Any:
    """Returns batches for the first stage: views of versions, and no labels.

    Args:
        images: Undistorted images, or images among which are stored versions. These are
            then the only ones that are shown.
        config: Its sizes and numbers of versions are used.
        seed: Seed of the run.
        epochs: Indices of the epochs.
        part: The batches that are made, and the rows of each.

    Returns:
        A `tf.data.Dataset` of uint8 `(scenes, versions, 2, side, side, 3)`, with zeros
        in place of labels.
    """
    scenes = scenes_of(images, config)
    size = config.scene_height, config.scene_width
    side = min(size) // 2

    def versions_of(image, keys):
        if isinstance(scenes, StoredScenes):
            return views.scene_of_versions(image, keys[0], *size)
        scene = views.scene(image, keys[0], *size)
        return versions(
            scene, keys[1], count=config.versions, types=config.version_types
        )

    def cut(image, key):
        keys = split_seed(key, 3)
        pairs = views.two_views(versions_of(image, keys), keys[2])
        pairs.set_shape((config.versions, 2, side, side, 3))
        return pairs

    batches = views.batches(
        *(scenes, cut),
        batch_size=config.scenes,
        seed=seed,
        epochs=epochs,
        part=part,
    )
    return batches.map(lambda pairs: (pairs, pairs[:, 0, 0, 0, 0, :1])).prefetch(2)
