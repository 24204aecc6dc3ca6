"""Procedural images in a drawn style: flat colors, ink lines, hair, lettering."""

import tensorflow_datasets as tfds

from ..generated import Generated


class Builder(Generated):
    """Builds generated images; see `tfiqa.synthetic.cel`."""

    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {
        "2.0.0": "Rays of backgrounds by arithmetic that all machines round alike.",
        "1.0.0": "Initial release.",
    }
