"""The list of images that pass a condition, such as `score > 60`."""

from collections.abc import Iterable
from collections.abc import Iterator

from tfiqa.beam import models
from tfiqa.beam import storage
from tfiqa.beam.manifests import Manifest
from tfiqa.beam.outputs import DATA
from tfiqa.beam.outputs import KEPT
from tfiqa.beam.outputs import Output
from tfiqa.beam.row_files import read_rows
from tfiqa.beam.settings import Settings
from tfiqa.decisions.columns import kinds_of
from tfiqa.decisions.expression import Expression


class Keeper:
    """Lists the images whose rows pass a condition.

    Args:
        condition: See `decisions.expression`.
        settings: The model, whose rows have the columns.

    Raises:
        ExpressionError: A `ValueError`, if it is no condition on these columns.
    """

    def __init__(self, condition: str, settings: Settings):
        columns = [one for one in models.columns_of(settings) if one != "features"]
        self._columns = columns
        self._passes = Expression(condition, kinds_of(columns))

    def write(self, output: Output, manifests: Iterable[Manifest], form: str) -> int:
        """Writes the list, one path a line; returns the number of paths.

        Paths with a line break end in NUL, as `find -print0` writes them, and then so
        do all of them; every command that reads lists reads both.

        Args:
            output: The output folder.
            manifests: The manifests that count.
            form: Format of the rows.
        """
        files = sorted(one.file for one in manifests if one.file)
        paths = [output.path(DATA, name) for name in files]
        count = self._write(output.path(KEPT), paths, form, end="\n")
        if count is None:
            count = self._write(output.path(KEPT), paths, form, end="\0")
        return count or 0

    def _write(self, target: str, paths: list[str], form: str, end: str) -> int | None:
        """Writes the list; returns None if a path contains the end of a line."""
        file, count = storage.HashedFile(target, replace=True), 0
        for path in self._kept(paths, form):
            if end in path:
                file.abandon()
                return None
            file.write(f"{path}{end}".encode("utf-8", "surrogateescape"))
            count += 1
        file.finish()
        return count

    def _kept(self, paths: list[str], form: str) -> Iterator[str]:
        for path in paths:
            for row in read_rows(path, form, self._columns):
                if self._passes(row):
                    yield row["path"]
