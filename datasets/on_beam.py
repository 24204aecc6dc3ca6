"""Examples of a database as a pipeline of Apache Beam, in their published order."""

import io
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import apache_beam as beam  # pyright: ignore[reportMissingImports]

Row = dict[str, Any]

# Keys of the examples of neighboring rows differ by this: more than a row can have.
_STRIDE = 1_000


class Examples(beam.PTransform):
    """Makes the pairs of key and example that TFDS sorts by their keys.

    Args:
        rows: Rows, each of which is small: images are paths.
        make: Function from a row to its examples, which workers import; None if a row
            is its own example.
    """

    def __init__(self, rows: Iterable[Row], make: Any):
        super().__init__()
        self._rows, self._make = list(enumerate(rows)), make

    def expand(self, input_or_inputs: Any) -> Any:
        return (
            input_or_inputs
            | beam.Create(self._rows)
            | beam.Reshuffle()
            | beam.FlatMap(keyed, self._make)
        )


def keyed(pair: tuple[int, Row], make: Any) -> Iterator[tuple[int, Row]]:
    """Yields the examples of a numbered row with their keys, ascending.

    Raises:
        ValueError: If a row has too many examples.
    """
    number, row = pair
    for position, example in enumerate([row] if make is None else make(row)):
        if position == _STRIDE:
            raise ValueError(f"{_STRIDE} examples of a row at most are expected.")
        image = example["image"]
        if isinstance(image, io.BytesIO):  # Files cannot travel between workers.
            example = {**example, "image": image.getvalue()}
        yield number * _STRIDE + position, example
