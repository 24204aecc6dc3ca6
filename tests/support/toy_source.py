"""A scored source without files, for what is measured on one."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image

from tests.support.toy_scorer import toy_image
from tfiqa.data.load import Source


def toy_source(count: int = 12, *, broken: dict[int, bytes] | None = None) -> Source:
    """Returns pictures whose MOS grows with their contrast, and some broken ones."""
    pictures = {index: png(toy_image(index)) for index in range(count)} | (broken or {})
    mos = np.array([3.0 * (index % 10) for index in range(count)], "float32")
    image_ids = [f"picture {index}" for index in range(count)]
    return _source([pictures[index] for index in range(count)], image_ids, mos)


def source_of(pictures: list[np.ndarray]) -> Source:
    """Returns pictures, uint8 `(height, width, 3)`, whose MOS is their number."""
    image_ids = [f"picture {index}" for index in range(len(pictures))]
    mos = np.arange(len(pictures), dtype="float32")
    return _source([png(pixels) for pixels in pictures], image_ids, mos)


def _source(encoded: list[bytes], image_ids: list[str], mos: np.ndarray) -> Source:
    rows = {"image": encoded, "image_id": image_ids, "mos": mos}
    return Source(
        name="toy",
        examples=tf.data.Dataset.from_tensor_slices(rows),
        count=len(encoded),
        mos=mos,
        image_ids=tuple(image_ids),
        mos_range=(0.0, 27.0),
        mean_bytes=1000,
    )


def png(pixels: np.ndarray) -> bytes:
    """Returns the encoded picture."""
    encoded = io.BytesIO()
    Image.fromarray(pixels).save(encoded, "PNG")
    return encoded.getvalue()
