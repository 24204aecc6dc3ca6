"""Comparison of images with their references, for full-reference scorers."""

import functools
import os
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import keras
import numpy as np
from keras import ops

from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.decoders import Decoder
from tfiqa.files.listing import images_below
from tfiqa.files.reading import read_file
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import IncomparableError
from tfiqa.scoring.assessment import assess

if TYPE_CHECKING:  # It imports TensorFlow, which scoring does not need.
    from tfiqa.data.load import Source


class References:
    """Reference images by name.

    Args:
        path: One image, the reference of all, or a folder in which each reference has
            the name of the image compared with it, possibly with another suffix.
        decoder: Decodes the references.

    Raises:
        ValueError: If `path` does not exist, or the folder has no images.
    """

    def __init__(self, path: str | os.PathLike[str], decoder: Decoder = LOCAL):
        self.path = Path(path)
        self.decoder = decoder
        self._by_name: dict[str, Path] = {}
        if self.path.is_dir():
            for image in map(Path, images_below(self.path)):
                self._by_name.setdefault(image.stem, image)
            for image in map(Path, images_below(self.path)):
                self._by_name[image.name] = image
        if not self._by_name and not self.path.is_file():
            raise ValueError(
                "A reference image or a folder of them is expected. "
                f"Received: {str(path)!r}"
            )

    def find(self, name: str, decoding: Decoding | None = None) -> np.ndarray:
        """Returns the reference of the image of this name, uint8 `(height, width, 3)`.

        Args:
            name: Name or path of the image that is compared.
            decoding: How the reference is decoded; the same as for the image.

        Raises:
            DecodeError: If the reference cannot be decoded.
            FileNotFoundError: If the image has no reference.
        """
        if not self._by_name:
            return _read(self.path, self.decoder, decoding)
        base = os.path.basename(name)
        path = self._by_name.get(base) or self._by_name.get(Path(base).stem)
        if path is None:
            raise FileNotFoundError(f"no reference {base} in {self.path}")
        return _read(path, self.decoder, decoding)


def names_references(source: "Source") -> bool:
    """Returns whether the examples of a source have a `reference_id`."""
    spec: Any = source.examples.element_spec
    return "reference_id" in spec


def needs_references(scorer: keras.Model) -> bool:
    """Returns whether a scorer compares images with references."""
    return len(scorer.inputs) > 1


def check_references(scorer: keras.Model, references: References | None) -> None:
    """Raises an error if a scorer lacks references, or does not use them."""
    if needs_references(scorer) and references is None:
        raise ValueError(
            f"{scorer.name!r} compares images with their references: --reference is "
            "expected. Received: none"
        )
    if references is not None and not needs_references(scorer):
        raise ValueError(
            f"{scorer.name!r} scores images without references: no --reference is "
            f"expected. Received: {references.path}"
        )


def assess_pairs(
    pairs: Iterable[tuple[str, Callable[[], bytes]]],
    scorer: keras.Model,
    references: References,
    *,
    min_side: int = 1,
    decoding: Decoding | None = None,
) -> Iterator[Assessment]:
    """Yields the assessment of each image against its reference, in order.

    An image whose reference is missing, broken or of another size has the status
    `missing`, with the reason.

    Args:
        pairs: The name of the reference, and a function that returns the bytes of the
            encoded image.
        scorer: A model from `[images, references]` to `(batch, 1)`.
        references: The references.
        min_side: See `assess`.
        decoding: See `assess`.
    """
    predict = pair_predictor(scorer)

    for name, reader in pairs:
        try:
            reference = references.find(name, decoding)
            compare = functools.partial(predict, reference=reference)
            yield from assess(
                *([reader], compare),
                min_side=min_side,
                ahead=1,
                decoding=decoding,
                decoder=references.decoder,
            )
        except (DecodeError, OSError, IncomparableError) as error:
            yield Assessment("missing", reason=f"{error}")


def pair_predictor(scorer: keras.Model) -> Callable[..., float]:
    """Returns the function from an image and its `reference` to the score.

    Both are uint8 `(height, width, 3)`.

    Raises:
        IncomparableError: When it is called, if the sizes differ.
    """

    def predict(image: np.ndarray, reference: np.ndarray) -> float:
        if reference.shape != image.shape:
            raise IncomparableError(f"its reference has the shape {reference.shape}")
        inputs = [pixels[None].astype("float32") for pixels in (image, reference)]
        return float(ops.convert_to_numpy(scorer(inputs, training=False))[0, 0])

    return predict


@functools.lru_cache(maxsize=4)  # Images with the same reference follow one another.
def _read(path: Path, decoder: Decoder, decoding: Decoding | None) -> np.ndarray:
    return decoder.decode(read_file(path), decoding).pixels
