"""Processing of one shard on a worker: rows into a new file, then its manifest."""

import collections
import contextlib
import dataclasses
import errno
from collections.abc import Iterator

from tfiqa.beam import storage
from tfiqa.beam.errors import WriteError
from tfiqa.beam.manifests import Manifest
from tfiqa.beam.models import LoadedModel
from tfiqa.beam.models import Record
from tfiqa.beam.outputs import DATA
from tfiqa.beam.outputs import MANIFESTS
from tfiqa.beam.outputs import Output
from tfiqa.beam.outputs import unique
from tfiqa.beam.records import Columns
from tfiqa.beam.records import records_of
from tfiqa.beam.row_files import RowFile
from tfiqa.beam.sketch import Sketch
from tfiqa.beam.work import Work
from tfiqa.beam.work import add_key
from tfiqa.beam.work import keys_digest


@dataclasses.dataclass(frozen=True)
class Publisher:
    """Publishes shards.

    Attributes:
        folder: The output folder.
        form: Format of the rows.
        row_columns: Columns of the rows.
        columns: Which columns of records are read.
    """

    folder: str
    form: str
    row_columns: tuple[str, ...]
    columns: Columns

    def publish(self, work: Work, model: LoadedModel) -> str:
        """Processes a shard; returns the name of its manifest.

        A shard that cannot be read is published too, with the reason and the rows
        before the fault.

        Raises:
            WriteError: If its rows or its manifest cannot be written. Nothing is
                published then.
        """
        output = Output(self.folder)
        source = _Source(records_of(work, self.columns))
        name = unique(work.name, f".{self.form}")
        path = output.path(DATA, name)
        tally = _Tally()
        file: RowFile | None = None
        try:
            with _write_errors(path):
                file = RowFile(path, self.form, self.row_columns)
            for row in model.rows(source.records()):
                tally.add(row)
                with _write_errors(path):
                    file.write(row)
            with _write_errors(path):
                size, digest = file.finish()
        except BaseException:
            if file is not None:
                file.file.abandon()
            storage.delete([path])
            raise
        has_rows = tally.rows > 0 or not source.reason
        if not has_rows:
            storage.delete([path])
        manifest = Manifest(
            work=work.name,
            source=work.describe(),
            file=name if has_rows else "",
            rows=tally.rows,
            statuses=dict(tally.statuses),
            size=size if has_rows else 0,
            sha256=digest if has_rows else "",
            keys=tally.keys.hexdigest(),
            scores=tally.scores.to_json(),
            reason=source.reason,
        )
        own = unique(work.name, ".json")
        with _write_errors(path):
            storage.write_bytes(output.path(MANIFESTS, own), manifest.encoded())
        return own


class _Source:
    """The records of a shard up to the first fault, which it keeps."""

    def __init__(self, records: Iterator[Record]):
        self._records = records
        self.reason = ""

    def records(self) -> Iterator[Record]:
        """Yields the records; an error of the source ends them."""
        try:
            yield from self._records
        except GeneratorExit:
            raise
        except Exception as error:  # Readers of formats raise many kinds of errors.
            self.reason = storage.one_line(error) or type(error).__name__


class _Tally:
    """What a manifest says about rows."""

    def __init__(self):
        self.rows = 0
        self.statuses: collections.Counter[str] = collections.Counter()
        self.scores = Sketch()
        self.keys = keys_digest()

    def add(self, row: dict) -> None:
        """Counts a row."""
        self.rows += 1
        self.statuses[row["status"]] += 1
        add_key(self.keys, row["path"])
        if row.get("score") is not None:
            self.scores.add(row["score"])


@contextlib.contextmanager
def _write_errors(path: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # Each file system raises its own, Arrow too.
        full = getattr(error, "errno", None) == errno.ENOSPC
        reason = "No space left on device" if full else storage.one_line(error)
        raise WriteError(f"{path}: {reason}") from error
