"""Comparison of pictures with their references, for scorers that want both."""

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
from tfiqa.scoring.assessment import Unlike
from tfiqa.scoring.assessment import assess

if TYPE_CHECKING:  # It imports TensorFlow, which scoring does not need.
    from tfiqa.data.load import Source


class References:
    """Reference pictures by name.

    Args:
        path: One picture, the reference of all, or a folder, where a reference has the
            name of what is compared with it, or that name with another suffix.
        decoder: Who decodes them.

    Raises:
        ValueError: If there is neither, or no picture in the folder.
    """

    def __init__(self, path: str | os.PathLike[str], decoder: Decoder = LOCAL):
        self.path = Path(path)
        self.decoder = decoder
        self._by_name: dict[str, Path] = {}
        if self.path.is_dir():
            for found in map(Path, images_below(self.path)):
                self._by_name.setdefault(found.stem, found)
            for found in map(Path, images_below(self.path)):
                self._by_name[found.name] = found
        if not self._by_name and not self.path.is_file():
            raise ValueError(
                "A reference picture or a folder of them is expected. "
                f"Received: {str(path)!r}"
            )

    def find(self, name: str, how: Decoding | None = None) -> np.ndarray:
        """Returns the reference, uint8 `(height, width, 3)`, of what has this name.

        Args:
            name: Of the picture that is compared.
            how: How the reference is decoded; as the picture.

        Raises:
            DecodeError: If it cannot be read.
            FileNotFoundError: If there is none.
        """
        if not self._by_name:
            return _read(self.path, self.decoder, how)
        base = os.path.basename(name)
        found = self._by_name.get(base) or self._by_name.get(Path(base).stem)
        if found is None:
            raise FileNotFoundError(f"no reference {base} in {self.path}")
        return _read(found, self.decoder, how)


def names_references(source: "Source") -> bool:
    """Returns whether examples tell the reference of a picture, `reference_id`."""
    spec: Any = source.examples.element_spec
    return "reference_id" in spec


def wants_references(scorer: keras.Model) -> bool:
    """Returns whether a scorer compares pictures with references."""
    return len(scorer.inputs) > 1


def check_references(scorer: keras.Model, references: References | None) -> None:
    """Raises an error if a scorer lacks references, or is given some in vain."""
    if wants_references(scorer) and references is None:
        raise ValueError(
            f"{scorer.name!r} compares pictures with their references: --reference is "
            "expected. Received: none"
        )
    if references is not None and not wants_references(scorer):
        raise ValueError(
            f"{scorer.name!r} scores pictures by themselves: no --reference is "
            f"expected. Received: {references.path}"
        )


def assess_pairs(
    pairs: Iterable[tuple[str, Callable[[], bytes]]],
    scorer: keras.Model,
    references: References,
    *,
    min_side: int = 1,
    how: Decoding | None = None,
) -> Iterator[Assessment]:
    """Yields the assessment of each picture against its reference, in order.

    A picture whose reference is missing, broken or of another size has the status
    `missing`, with the reason.

    Args:
        pairs: The name of the reference and a function that returns the bytes of the
            encoded picture.
        scorer: From `[pictures, references]` to `(batch, 1)`.
        references: Where the references are.
        min_side: See `assess`.
        how: See `assess`.
    """

    def predict(reference: np.ndarray, picture: np.ndarray) -> float:
        if reference.shape != picture.shape:
            raise Unlike(f"its reference has the shape {reference.shape}")
        both = [one[None].astype("float32") for one in (picture, reference)]
        return float(ops.convert_to_numpy(scorer(both, training=False))[0, 0])

    for name, reader in pairs:
        try:
            alone = functools.partial(predict, references.find(name, how))
            yield from assess(
                *([reader], alone),
                min_side=min_side,
                ahead=1,
                how=how,
                decoder=references.decoder,
            )
        except (DecodeError, OSError, Unlike) as error:
            yield Assessment("missing", reason=f"{error}")


@functools.lru_cache(maxsize=4)  # Pictures of one reference follow one another.
def _read(path: Path, decoder: Decoder, how: Decoding | None) -> np.ndarray:
    return decoder.decode(read_file(path), how).pixels
