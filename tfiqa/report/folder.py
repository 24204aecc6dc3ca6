"""The report of a folder: one page about the scores of its images."""

import dataclasses
import io
import os
import tempfile
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from PIL import Image

from tfiqa.cli.rows import write_errors
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.decoders import Decoder
from tfiqa.data.isolated import IsolatedDecoder
from tfiqa.files import atomic
from tfiqa.files.reading import read_file
from tfiqa.report.folder_page import Detail
from tfiqa.report.folder_page import page_of
from tfiqa.report.folder_summary import Summary
from tfiqa.scoring.request import ArgumentError
from tfiqa.scoring.request import ScoreRow
from tfiqa.scoring.request import ScoringRequest
from tfiqa.scoring.run import score_request

DETAILED = 12  # Number of worst images with reasons and maps.
SIDE = 240  # Longest side of a thumbnail in pixels.
MAP_SIDE = 760  # Longest side of an image beside its map.

Row = TypeVar("Row")


class FolderReport:
    """Writes the page about a stream of rows, after the last one.

    Args:
        folder: Folder for `index.html`, created if missing. An older page is replaced.
        request: How the rows were scored. With it, the page says what is wrong with the
            worst images and where, if their scorer supports that.
        threshold: A score to mark in the histogram.

    Example:
        >>> report = tfiqa.report.FolderReport("report")
        >>> rows = list(report.watched(tfiqa.score_files("photos/")))
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        request: ScoringRequest | None = None,
        *,
        threshold: float | None = None,
    ):
        self.folder, self.request, self.threshold = Path(folder), request, threshold

    def watched(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yields the rows unchanged, then writes the page.

        Raises:
            OutputError: If the page cannot be written.
        """
        summary = Summary()
        for row in rows:
            summary.add(row if isinstance(row, Mapping) else vars(row))
            yield row
        self.write(summary)

    def write(self, summary: Summary) -> Path:
        """Writes the page about a summary; returns its path.

        Raises:
            OutputError: If it cannot be written.
        """
        worst = [row["path"] for row in summary.worst.rows()[:DETAILED]]
        details = {} if self.request is None else details_of(self.request, worst)
        request = self.request or ScoringRequest(())
        decoder = IsolatedDecoder() if request.isolate else LOCAL
        decoding = Decoding(
            convert_profiles=request.icc == "srgb",
            tolerate_truncation=request.tolerate_truncation,
        )
        thumbnails = Thumbnails(decoder, decoding)
        try:
            page = page_of(
                *(summary, self.folder, thumbnails, details), threshold=self.threshold
            )
        finally:
            if isinstance(decoder, IsolatedDecoder):
                decoder.close()
        with write_errors(self.folder, "report"):
            self.folder.mkdir(parents=True, exist_ok=True)
            return atomic.write_text(self.folder / "index.html", page)


class Thumbnails:
    """Small JPEGs of images; each image is decoded once.

    Args:
        decoder: Decodes the images.
        decoding: How they are decoded.

    Call arguments:
        path: Path of the image. The result is empty if it does not decode.
    """

    def __init__(self, decoder: Decoder, decoding: Decoding):
        self.decoder, self.decoding = decoder, decoding
        self._known: dict[str, bytes] = {}

    def __call__(self, path: str) -> bytes:
        if path not in self._known:
            self._known[path] = self._made(path)
        return self._known[path]

    def _made(self, path: str) -> bytes:
        try:
            pixels = self.decoder.decode(read_file(path), self.decoding).pixels
        except (OSError, DecodeError):
            return b""
        return _small_jpeg(Image.fromarray(pixels), SIDE)


def _small_jpeg(image: Image.Image, side: int) -> bytes:
    image.thumbnail((side, side))
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=80)
    return file.getvalue()


def details_of(request: ScoringRequest, paths: Sequence[str]) -> dict[str, Detail]:
    """Returns reasons and maps of images, as far as their scorer supports them.

    Args:
        request: How the images were scored.
        paths: The images.
    """
    if not paths:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for explain, maps in ((True, True), (False, True), (True, False)):
            detailed = dataclasses.replace(
                request,
                paths=paths,
                explain=explain,
                map_folder=folder if maps else None,
                runtime="auto",  # Both need Keras.
            )
            try:
                rows = list(score_request(detailed))
            except (ArgumentError, ImportError):  # Neither, or no Keras installed.
                continue
            return {row.path: _detail(row, Path(folder)) for row in rows}
    return {}


def _detail(row: ScoreRow, folder: Path) -> Detail:
    from tfiqa.scoring.quality_maps import map_name  # It imports Keras, as maps did.

    drawn = folder / map_name(row.path)
    quality_map = b""
    if drawn.is_file():
        with Image.open(drawn) as image:
            quality_map = _small_jpeg(image, MAP_SIDE)
    return Detail(_reason(row), quality_map)


def _reason(row: ScoreRow) -> str:
    """Returns what is wrong with an image, as a few words; empty if unknown."""
    if row.probability is None or row.distortion == "none":
        return ""
    name = row.distortion or f"some {row.distortion_group}"
    return f"{name.replace('_', ' ')} ({row.probability:.0%})"
