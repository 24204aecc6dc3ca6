"""Dead leaves with procedural textures."""

import tensorflow_datasets as tfds

from ..generated import Generated


class Builder(Generated):
    """Builds generated images; see `tfiqa.synthetic.textured_leaves`."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
