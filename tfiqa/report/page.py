"""The page of a report, which needs no other file; drawings lie beside it too."""

import dataclasses
import json
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfiqa.evaluation.competitions import Show
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.inference import plain
from tfiqa.evaluation.predictors import ScorerSubject
from tfiqa.evaluation.predictors import Subject
from tfiqa.evaluation.results import Findings
from tfiqa.evaluation.results import number
from tfiqa.evaluation.tables import Options
from tfiqa.evaluation.trained_predictors import RidgeSubject
from tfiqa.evaluation.writing import as_json
from tfiqa.files import atomic
from tfiqa.report import drawings
from tfiqa.report import html
from tfiqa.report import representations
from tfiqa.report import tables

Section = tuple[str, list[html.Safe]]
# By competition, how to see its pictures.
Shows = dict[tuple[str, str, str], Show]
FACTS = ("versions", "hardware", "datasets", "methods", "command")


@dataclasses.dataclass(frozen=True)
class Drawn:
    """What is drawn beyond the findings.

    Attributes:
        subjects: That were measured.
        databases: That they were measured on.
        options: Of the protocols.
        shows: Of the competitions.
        looks: Pictures whose features and generated weights are drawn, 0 for none.
        scenes: Generated scenes whose distortions are drawn, 0 for none.
    """

    subjects: Sequence[Subject]
    databases: Sequence[Database]
    options: Options
    shows: Shows
    looks: int = 0
    scenes: int = 0


class Album:
    """Drawings on their way into a page and into the folder beside it."""

    def __init__(self, folder: Path):
        self.folder = folder

    def figure(self, name: str, encoded: bytes, caption: str, width: int) -> html.Safe:
        """Writes a PNG and returns it as a part of the page."""
        atomic.write_bytes(self.folder / f"{plain(name)}.png", encoded)
        return html.figure(encoded, caption, width=width)


def write(
    found: Findings, drawn: Drawn, folder: Path, record: Mapping[str, Any]
) -> Path:
    """Writes `index.html` and its drawings; returns the path of the page.

    Args:
        found: What was found.
        drawn: What is drawn beyond it.
        folder: Where to write; made if missing.
        record: What was measured; see `several.record_of`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    album = Album(folder)
    methods = {
        name: facts.get("method", name) for name, facts in record["methods"].items()
    }
    sections: list[Section] = [("Figures", tables.tables(found, methods))]
    for database in drawn.databases:
        sections += _of_database(found, database, album)
    sections += _of_competitions(found, drawn, album)
    sections += _of_looks(drawn, album)
    sections.append(("How it was measured", _facts(found, record)))
    page = html.document("Image quality assessment: report", sections)
    return atomic.write_bytes(folder / "index.html", page.encode())


def _of_database(found: Findings, database: Database, album: Album) -> list[Section]:
    name = database.name
    parts: list[html.Safe] = []
    for key, caption, encoded in (
        ("types", "SROCC by type", drawings.of_distortions(found, name)),
        ("labels", "SROCC by number of labels", drawings.of_labels(found, name)),
    ):
        if encoded is not None:
            parts.append(album.figure(f"{key}-{name}", encoded, caption, 760))
    for (dataset, method), one in found.compared.items():
        if dataset != name:
            continue
        parts.append(html.element("h3", method))
        unit = database.source.unit
        for kind, encoded in drawings.of_predictions(method, one, unit).items():
            caption = CAPTIONS[kind]
            file = f"{kind}-{name}-{method}"
            parts.append(album.figure(file, encoded, caption, WIDTHS[kind]))
        rows = [
            (
                html.picture(small, alt=image_id, kind="jpeg") if small else "",
                *(image_id, number(mos), number(prediction), f"{miss:+.3g}"),
            )
            for image_id, mos, prediction, miss, small in drawings.worst(one, database)
        ]
        heading = ["picture", "id", unit, "prediction", "MOS minus fitted"]
        summary = html.element("summary", f"The {len(rows)} pictures it misses most")
        parts.append(
            html.element("details", summary, html.table(heading, rows), open="")
        )
    return [(name, parts)] if parts else []


CAPTIONS = {
    "scatter": "Predictions against MOS, with the fitted logistic.",
    "residuals": "MOS minus fitted predictions; the line is the normal density.",
    "sizes": "SROCC within groups of pictures by size, 95 % bootstrap intervals.",
}
WIDTHS = {"scatter": 400, "residuals": 540, "sizes": 400}


def _of_competitions(found: Findings, drawn: Drawn, album: Album) -> list[Section]:
    parts = []
    for (pool, first, second), competition in found.competitions.items():
        show = drawn.shows[pool, first, second]
        encoded = drawings.of_competition(first, second, competition, show)
        caption = (
            f"{first} and {second} on {pool}: pictures of a pair are about equal to "
            "the defender, whose score stands first below each; the attacker's second."
        )
        file = f"gmad-{pool}-{first}-{second}"
        parts.append(album.figure(file, encoded, caption, 900))
    return [("gMAD", parts)] if parts else []


def _of_looks(drawn: Drawn, album: Album) -> list[Section]:
    parts = []
    for subject in drawn.subjects:
        made: dict[str, tuple[bytes | None, str]] = {}
        for database in drawn.databases if drawn.looks else ():
            rows = representations.chosen(database, drawn.options.part, drawn.looks)
            of = f"{len(rows)} pictures of {database.name}, by MOS."
            name = f"{database.name}-{subject.name}"
            if isinstance(subject, ScorerSubject | RidgeSubject):
                encoded = representations.of_features(subject, database, rows)
                made[f"features-{name}"] = encoded, of
            if isinstance(subject, ScorerSubject):
                encoded = representations.of_weights(subject, database, rows)
                told = f"Weights of the first layer of the target network, {of}"
                made[f"weights-{name}"] = encoded, told
        if drawn.scenes and isinstance(subject, ScorerSubject):
            encoded = representations.of_distortions(subject, scenes=drawn.scenes)
            made[f"distortions-{subject.name}"] = encoded, "Types and levels."
        for name, (encoded, caption) in made.items():
            if encoded is not None:
                parts.append(album.figure(name, encoded, caption, 520))
    return [("Representations", parts)] if parts else []


def _facts(found: Findings, record: Mapping[str, Any]) -> list[html.Safe]:
    whole = as_json(found, dict(record))
    facts = {key: whole[key] for key in FACTS if key in whole}
    seeds = {
        key: whole.get(key)
        for key in ("split_seed", "seeds", "seed", "resamples", "logistics")
    }
    text = json.dumps({**seeds, **facts}, indent=2, ensure_ascii=False)
    told = (
        "Numbers of papers are as printed there; their divisions, and often how an "
        "epoch is chosen, differ from ours."
    )
    return [html.element("p", told), html.element("pre", text)]
