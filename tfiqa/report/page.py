"""The page of a report: self-contained, with its plots also as files beside it."""

import json
from collections.abc import Iterator
from pathlib import Path

from tfiqa.evaluation.cache import distinct_slug
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.predictors import Predictor
from tfiqa.evaluation.predictors import ScorerPredictor
from tfiqa.evaluation.results import EvaluationResults
from tfiqa.evaluation.results import format_number
from tfiqa.evaluation.trained_predictors import RidgePredictor
from tfiqa.evaluation.writing import as_json
from tfiqa.files import atomic
from tfiqa.report import drawings
from tfiqa.report import html
from tfiqa.report import representations
from tfiqa.report import tables

Section = tuple[str, list[html.Safe]]
FACTS = ("versions", "hardware", "datasets", "methods", "command")


class Album:
    """Plots that go into a page and into the folder beside it."""

    def __init__(self, folder: Path):
        self.folder = folder

    def figure(self, name: str, encoded: bytes, caption: str, width: int) -> html.Safe:
        """Writes a PNG and returns it as a part of the page."""
        atomic.write_bytes(
            self.folder / f"{distinct_slug(name, allowed='/')}.png", encoded
        )
        return html.figure(encoded, caption, width=width)


def write_page(
    results: EvaluationResults, folder: Path, *, images: int = 0, scenes: int = 0
) -> Path:
    """Writes `index.html` and its plots; returns the path of the page.

    Args:
        results: Results of an evaluation.
        folder: Target folder, created if necessary.
        images: Number of images whose features and generated weights are drawn.
        scenes: Number of generated scenes whose distortions are drawn.

    Raises:
        OSError: If a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    album = Album(folder)
    methods = {
        name: facts.get("method", name)
        for name, facts in results.record.get("methods", {}).items()
    }
    sections: list[Section] = [("Figures", tables.tables(results, methods))]
    for database in results.databases:
        sections += _database_section(results, database, album)
    sections += _competitions_section(results, album)
    sections += _representations_section(results, album, images, scenes)
    sections.append(("How it was measured", _facts(results)))
    page = html.document("Image quality assessment: report", sections)
    return atomic.write_text(folder / "index.html", page)


def _database_section(
    results: EvaluationResults, database: Database, album: Album
) -> list[Section]:
    name = database.name
    parts: list[html.Safe] = []
    for key, caption, encoded in (
        ("types", "SROCC by type", drawings.of_distortions(results, name)),
        (
            "median-types",
            "Median SROCC by type, and its range over divisions",
            drawings.of_distortions(results, name, protocol="repeats_per_distortion"),
        ),
        ("labels", "SROCC by number of labels", drawings.of_labels(results, name)),
        (
            "attributes",
            "Published attributes of the images, and the MOS against each",
            drawings.of_attributes(database),
        ),
    ):
        if encoded is not None:
            parts.append(album.figure(f"{key}-{name}", encoded, caption, 760))
    for (dataset, method), entry in results.compared.items():
        if dataset != name:
            continue
        parts.append(html.element("h3", method))
        unit = database.source.unit
        for kind, encoded in drawings.of_predictions(method, entry, unit).items():
            caption = CAPTIONS[kind]
            file = f"{kind}-{name}-{method}"
            parts.append(album.figure(file, encoded, caption, WIDTHS[kind]))
        rows = [
            (
                html.image(small, alt=image_id, kind="jpeg") if small else "",
                *(
                    image_id,
                    format_number(mos),
                    format_number(prediction),
                    f"{miss:+.3g}",
                ),
            )
            for image_id, mos, prediction, miss, small in drawings.worst(
                entry, database
            )
        ]
        heading = ["image", "id", unit, "prediction", "MOS minus fitted"]
        summary = html.element("summary", f"The {len(rows)} largest errors")
        parts.append(
            html.element("details", summary, html.table(heading, rows), open="")
        )
    return [(name, parts)] if parts else []


CAPTIONS = {
    "scatter": "Predictions against MOS, with the fitted logistic.",
    "residuals": "MOS minus fitted predictions; the line is the normal density.",
    "sizes": "SROCC within groups of images by size, 95 % bootstrap intervals.",
}
WIDTHS = {"scatter": 400, "residuals": 540, "sizes": 400}


def _competitions_section(results: EvaluationResults, album: Album) -> list[Section]:
    parts = []
    for (pool, first, second), competition in results.competitions.items():
        read = results.competition_images[pool, first, second]
        encoded = drawings.of_competition(first, second, competition, read)
        caption = (
            f"{first} and {second} on {pool}: the defender scores the two images of a "
            "pair about equally. Below each image, its score precedes the attacker's."
        )
        file = f"gmad-{pool}-{first}-{second}"
        parts.append(album.figure(file, encoded, caption, 900))
    return [("gMAD", parts)] if parts else []


def _representations_section(
    results: EvaluationResults, album: Album, images: int, scenes: int
) -> list[Section]:
    parts = []
    for predictor in results.predictors:
        for name, encoded, caption in _representations(
            predictor, results, images=images, scenes=scenes
        ):
            if encoded is not None:
                parts.append(album.figure(name, encoded, caption, 520))
    return [("Representations", parts)] if parts else []


def _representations(
    predictor: Predictor, results: EvaluationResults, *, images: int, scenes: int
) -> Iterator[tuple[str, bytes | None, str]]:
    """Yields the name, the drawing and the caption of each figure."""
    for database in results.databases if images else ():
        rows = representations.chosen(database, results.options.split, images)
        of = f"{len(rows)} images of {database.name}, by MOS."
        name = f"{database.name}-{predictor.name}"
        if isinstance(predictor, ScorerPredictor | RidgePredictor):
            drawing = representations.of_features(predictor, database, rows)
            yield f"features-{name}", drawing, of
        if isinstance(predictor, ScorerPredictor):
            drawings = representations.of_weights(predictor, database, rows)
            for layer, encoded in drawings.items():
                caption = f"Weights of {layer} of the target network, {of}"
                yield f"weights-{name}-{layer}", encoded, caption
    if scenes and isinstance(predictor, ScorerPredictor):
        drawing = representations.of_distortions(predictor, scenes=scenes)
        yield f"distortions-{predictor.name}", drawing, "Types and levels."


def _facts(results: EvaluationResults) -> list[html.Safe]:
    content = as_json(results)
    facts = {key: content[key] for key in FACTS if key in content}
    seeds = {
        key: content.get(key)
        for key in ("split_seed", "seeds", "seed", "resamples", "logistics")
    }
    text = json.dumps({**seeds, **facts}, indent=2, ensure_ascii=False)
    message = (
        "Numbers from papers are as printed there; their divisions, and often their "
        "choice of the epoch, differ from ours."
    )
    return [html.element("p", message), html.element("pre", text)]
