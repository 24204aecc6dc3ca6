"""Dead leaves: overlapping discs of random size, position and color."""

import tensorflow_datasets as tfds

from ..generated import Generated


class Builder(Generated):
    """Builds generated images; see `tfiqa.synthetic.dead_leaves`."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
