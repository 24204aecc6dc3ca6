"""Drawn-like pictures, made up: flat colours, ink lines, hair, lettering."""

import tensorflow_datasets as tfds

from .. import generated


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds generated pictures; see `tfiqa.synthetic.cel`."""

    VERSION = tfds.core.Version("2.0.0")
    RELEASE_NOTES = {
        "2.0.0": "Rays of backgrounds by arithmetic that all machines round alike.",
        "1.0.0": "Initial release.",
    }
    BUILDER_CONFIGS = generated.configs()

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(features=generated.features())

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        return {"train": generated.examples(self, dl_manager)}

    def _generate_examples(self):
        raise NotImplementedError("Examples come from `generated.examples`.")
