"""What the builders of generated images share.

Images are generated on all cores into a folder of PNG files below the download folder,
where an interrupted run resumes, and then packed.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from tfiqa.synthetic import files


@dataclasses.dataclass(kw_only=True)
class Config(tfds.core.BuilderConfig):
    """How many images, and their side in pixels."""

    count: int
    side: int


def configs() -> list[Config]:
    """Returns the configurations that all kinds share, the default first."""
    sizes = [(256, 10_000), (512, 10_000), (128, 100_000), (64, 16)]
    return [
        Config(
            name=f"side_{side}_count_{count}",
            count=count,
            side=side,
            description=f"{count} images of {side}x{side} pixels.",
        )
        for side, count in sizes
    ]


class Generated(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Builds one part `train`: images of the kind that the builder is named after.

    A builder states its `VERSION` and `RELEASE_NOTES`.
    """

    BUILDER_CONFIGS = configs()

    def _info(self) -> tfds.core.DatasetInfo:
        features = {
            "image": tfds.features.Image(shape=(None, None, 3)),
            "image_id": tfds.features.Text(),
        }
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(features)
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        return {"train": examples(self, dl_manager)}

    def _generate_examples(self):
        raise NotImplementedError("Examples come from `generated.examples`.")


def examples(
    builder: tfds.core.DatasetBuilder, dl_manager: tfds.download.DownloadManager
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields all images of the kind that the builder is named after."""
    config: Any = builder.builder_config
    # A later version may generate other images.
    part = f"generated/{builder.name}/{builder.version}/side_{config.side}"
    folder = Path(dl_manager.download_dir) / part
    for path in files.write(builder.name, config.side, config.count, folder):
        yield path.name, {"image": path, "image_id": path.name}
