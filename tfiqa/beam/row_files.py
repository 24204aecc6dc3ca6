"""Files of rows in four formats: Parquet, CSV, JSON lines and TFRecord."""

import json
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from tfiqa.beam import storage
from tfiqa.cli.layout import is_number
from tfiqa.cli.rows import row_line

_ROWS_AT_ONCE = 4_096  # Of Parquet: rows of a group.

Row = dict[str, Any]


class RowFile:
    """Writes rows as they come, to a new file.

    Args:
        path: The file.
        form: One of `request.FORMATS`.
        columns: The columns, in order.
    """

    def __init__(self, path: str, form: str, columns: Sequence[str]):
        self.file = storage.HashedFile(path)
        self._form, self._columns = form, tuple(columns)
        self._rows: list[Row] = []
        self._parquet: Any = None
        if form == "csv":
            from tfiqa.files.csv_rows import csv_line

            self.file.write(csv_line(columns).encode())

    def write(self, row: Row) -> None:
        """Writes one row."""
        if self._form == "parquet":
            self._rows.append(row)
            if len(self._rows) == _ROWS_AT_ONCE:
                self._write_group()
        elif self._form == "tfrecord":
            from tfiqa.beam import tf_example

            tf_example.write_record(self.file, tf_example.serialized(row))
        else:
            line = row_line(_plain(row), self._columns, is_csv=self._form == "csv")
            self.file.write(line.encode("utf-8", "surrogateescape"))

    def finish(self) -> tuple[int, str]:
        """Closes the file; returns its size and its SHA-256."""
        if self._form == "parquet":
            self._write_group()
            self._parquet.close()
        self.file.finish()
        return self.file.size, self.file.digest.hexdigest()

    def _write_group(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet

        schema = _schema(self._columns)
        if self._parquet is None:
            self._parquet = pyarrow.parquet.ParquetWriter(self.file, schema)
        rows = [{k: _encodable(v) for k, v in row.items()} for row in self._rows]
        if rows:
            self._parquet.write_table(pa.Table.from_pylist(rows, schema=schema))
        self._rows = []


def read_rows(
    path: str, form: str, columns: Sequence[str] | None = None
) -> Iterator[Row]:
    """Yields the rows of a file.

    Args:
        path: The file.
        form: Its format.
        columns: The columns to read, where that is faster; all when None.
    """
    with storage.opened(path) as file:
        if form == "parquet":
            import pyarrow.parquet

            table = pyarrow.parquet.ParquetFile(file)
            wanted = None if columns is None else list(columns)
            for batch in table.iter_batches(columns=wanted):
                yield from batch.to_pylist()
        elif form == "tfrecord":
            from tfiqa.beam import tf_example

            for record in tf_example.records(file):
                yield _from_example(tf_example.parsed(record))
        elif form == "jsonl":
            yield from map(json.loads, file)
        else:
            yield from _from_csv(file)


def _from_csv(file: Any) -> Iterator[Row]:
    import csv
    import io

    from tfiqa.cli.layout import typed
    from tfiqa.cli.rows import unescaped_path

    text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="")
    for cells in csv.DictReader(text):
        yield {**typed(cells), "path": unescaped_path(cells["path"])}
    text.detach()


def _from_example(values: dict[str, list]) -> Row:
    row: Row = {}
    for name, found in values.items():
        if name == "features":
            row[name] = found or None
        elif found and isinstance(found[0], bytes):
            row[name] = found[0].decode("utf-8", "surrogateescape")
        elif found and isinstance(found[0], float):
            row[name] = float(f"{found[0]:.7g}")  # Stored as float32.
        else:
            row[name] = found[0] if found else None
    return row


def _schema(columns: Sequence[str]) -> Any:
    import pyarrow as pa

    kinds = {"features": pa.list_(pa.float32()), "width": pa.int32()}
    kinds["height"] = kinds["width"]
    return pa.schema(
        [
            (name, kinds.get(name, pa.float64() if is_number(name) else pa.string()))
            for name in columns
        ]
    )


def _encodable(value: Any) -> Any:
    """Returns a value that Parquet can hold: names that are not UTF-8 are escaped."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _plain(row: Row) -> Row:
    return {
        name: value.tolist() if hasattr(value, "tolist") else value
        for name, value in row.items()
    }
