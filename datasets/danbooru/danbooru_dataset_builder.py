"""A folder of drawn images, with Danbooru's metadata if present."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from .. import published


class Builder(tfds.core.GeneratorBasedBuilder):
    """Builds images without scores from a folder of drawn images."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "Initial release."}
    MANUAL_DOWNLOAD_INSTRUCTIONS = """\
    Put images into one folder; subfolders are allowed, for instance as published:
    `512px/0123/4123.jpg`. If there is a folder `metadata/`, its files hold one JSON
    object per line, with `id` (the image's file name without suffix) and, if known,
    `rating` and `tags` (a list of objects with `name`).
    """

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 3)),
                    "image_id": tfds.features.Text(),
                    "rating": tfds.features.Text(),
                    "tags": tfds.features.Sequence(tfds.features.Text()),
                }
            ),
            disable_shuffling=True,  # the order of the file names
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        folder = Path(dl_manager.manual_dir)
        paths = published.images(folder, below=True)
        if not paths:
            raise ValueError(
                f"A folder of images is expected. Received: {folder} without any"
            )
        return {"train": self._generate_examples(paths, metadata(folder / "metadata"))}

    def _generate_examples(
        self, paths: dict[str, Path], facts: dict[str, dict[str, Any]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, (name, path) in enumerate(paths.items()):
            own = facts.get(path.stem, {})
            yield (
                number,
                {
                    "image": path,
                    "image_id": name,
                    "rating": own.get("rating", ""),
                    "tags": own.get("tags", []),
                },
            )


def metadata(folder: Path) -> dict[str, dict[str, Any]]:
    """Returns rating and tags by the id of the image; empty without a folder.

    Raises:
        ValueError: If a line is not a JSON object with an `id`; names file and line.
    """
    facts = {}
    for path in sorted(folder.rglob("*.json*")):
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    name, own = _facts(json.loads(line))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise ValueError(
                        "A JSON object with `id` in each line is expected, and perhaps "
                        "`rating` and `tags` (objects with `name`). Received: "
                        f"{path}, line {number}: {line.strip()[:80]!r}"
                    ) from error
                facts[name] = own
    return facts


def _facts(row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Returns the id of an image and its known metadata; null counts as unknown."""
    if row["id"] is None:
        raise ValueError("`id` is null")
    tags = [str(tag["name"]) for tag in row.get("tags") or ()]
    rating = row.get("rating")
    return str(row["id"]), {
        "rating": "" if rating is None else str(rating),
        "tags": tags,
    }
