"""Plots of results, as PNGs."""

import io
from collections.abc import Mapping

import numpy as np
from PIL import Image

from tfiqa import metrics
from tfiqa.data.decode import DecodeError
from tfiqa.data.decode import decode
from tfiqa.data.subsets import attributes as attributes_of
from tfiqa.evaluation.databases import Database
from tfiqa.evaluation.results import Compared
from tfiqa.evaluation.results import EvaluationResults
from tfiqa.evaluation.results import ReadImage
from tfiqa.evaluation.writing import draw_agreement
from tfiqa.figures.attributes import attributes as draw_attributes
from tfiqa.figures.gmad import DrawnPair
from tfiqa.figures.gmad import gmad as draw_gmad
from tfiqa.figures.image_size import Sizes
from tfiqa.figures.image_size import image_size
from tfiqa.figures.label_efficiency import label_efficiency
from tfiqa.figures.per_distortion import per_distortion
from tfiqa.figures.residuals import residuals
from tfiqa.metrics.competition import Competition

GROUPS = 5  # Number of groups of images by size.
MOST_BARS = 6  # Largest number of methods in a plot.
SIDE = 320  # Longest side of an image in a figure.


def of_predictions(name: str, compared: Compared, unit: str) -> dict[str, bytes]:
    """Returns scatter and residuals and, if sizes are known, SROCC by size.

    Args:
        name: Name of the method.
        compared: Its predictions.
        unit: Unit of the MOS.
    """
    result = compared.result
    drawn = {
        "scatter": draw_agreement(name, compared, unit),
        "residuals": residuals(
            result.fit(result.predictions),
            result.mos,
            title=name if result.fit.converged else f"{name}, not fitted",
            unit=unit,
        ),
    }
    groups = by_size(compared)
    if groups:
        drawn["sizes"] = image_size(groups, title=name)
    return drawn


def by_size(compared: Compared, *, seed: int = 0) -> list[Sizes]:
    """Returns the SROCC of groups of about equal count, by number of pixels."""
    known = (compared.outcomes.sizes.min(axis=1) > 0) & ~np.isnan(
        compared.outcomes.scores
    )
    if not known.any():
        return []
    pixels = np.prod(compared.outcomes.sizes[known].astype("float64"), axis=1) / 1e6
    scores, mos = (
        compared.outcomes.scores[known],
        compared.result.mos[known].astype("float64"),
    )
    ends = np.unique(np.quantile(pixels, np.linspace(0, 1, GROUPS + 1)[1:]))
    group_of = np.searchsorted(ends, pixels, side="left")
    groups = []
    for group in np.unique(group_of):
        chosen = group_of == group
        pair = scores[chosen], mos[chosen]
        low, high = metrics.bootstrap_interval(metrics.srocc, *pair, seed=seed)
        ends_of_group = float(pixels[chosen].min()), float(pixels[chosen].max())
        groups.append(
            Sizes(ends_of_group, metrics.srocc(*pair), low, high, int(chosen.sum()))
        )
    return groups


def of_distortions(
    results: EvaluationResults, dataset: str, *, protocol: str = "per_distortion"
) -> bytes | None:
    """Returns bars of all methods within each type, `None` if there are no figures."""
    methods: dict[str, dict[str, tuple[float, float, float]]] = {}
    for row in results.rows:
        if row.protocol == protocol and row.dataset == dataset:
            figure = row.figures["SROCC"]
            ends = figure.value, figure.low, figure.high
            methods.setdefault(row.method, {})[row.of] = ends
    drawn = dict(list(methods.items())[:MOST_BARS])
    return per_distortion(drawn, title=dataset) if drawn else None


def of_attributes(database: Database) -> bytes | None:
    """Returns the published attributes of a database; `None` if it states none."""
    values = attributes_of(database.source)
    if not values:
        return None
    return draw_attributes(
        values,
        database.mos,
        srocc=metrics.srocc,
        title=database.name,
        unit=database.source.unit,
    )


def of_labels(results: EvaluationResults, dataset: str) -> bytes | None:
    """Returns curves of all encoders, `None` if there are none."""
    curves = dict(list(results.curves.get(dataset, {}).items())[:MOST_BARS])
    return label_efficiency(curves, title=dataset) if curves else None


def of_competition(
    first: str, second: str, competition: Competition, read: ReadImage
) -> bytes:
    """Returns the pairs of both roles.

    Args:
        first: Name of the first scorer.
        second: Name of the second one.
        competition: The pairs.
        read: Returns the image at a row of the pool, and its name.
    """
    roles = {
        f"{first} calls them equal, {second} does not": competition.first_defends,
        f"{second} calls them equal, {first} does not": competition.second_defends,
    }

    def cell(row: int, defended: float, attacked: float) -> tuple[np.ndarray, str]:
        image, name = read(row)
        return small(image), f"{name}\n{defended:.4g} and {attacked:.4g}"

    drawn = {}
    for role, pairs in roles.items():
        drawn[role] = []
        for pair in pairs:
            best = cell(pair.best, pair.defended[0], pair.attacked[0])
            worst = cell(pair.worst, pair.defended[1], pair.attacked[1])
            drawn[role].append(DrawnPair(best[0], worst[0], best[1], worst[1]))
    levels = len(competition.first_defends)
    names = [f"level {level + 1}" for level in range(levels)]
    return draw_gmad(drawn, row_names=names, dots_per_inch=100)


def worst(
    compared: Compared, database: Database, *, count: int = 20
) -> list[tuple[str, float, float, float, bytes]]:
    """Returns the images with the largest errors of fitted predictions.

    Returns:
        Id, MOS, prediction, MOS minus fitted prediction and a small JPEG of each, the
        largest error first.
    """
    fitted = compared.result.fit(compared.result.predictions)
    errors = np.asarray(compared.result.mos, "float64") - fitted
    order = np.argsort(-np.abs(np.nan_to_num(errors, nan=0.0)), kind="stable")
    chosen = [row for row in order[:count] if np.isfinite(errors[row])]
    by_row = np.sort(np.array(chosen, int))
    encoded = database.encoded(compared.rows[by_row])
    images: Mapping[int, bytes] = dict(zip(by_row.tolist(), encoded, strict=True))
    return [
        (
            compared.result.image_ids[row],
            float(compared.result.mos[row]),
            float(compared.result.predictions[row]),
            float(errors[row]),
            thumbnail(images[int(row)]),
        )
        for row in chosen
    ]


def thumbnail(encoded: bytes, *, side: int = 220) -> bytes:
    """Returns a small JPEG, or nothing if the image does not decode."""
    try:
        image = Image.fromarray(decode(encoded))
    except DecodeError:
        return b""
    image.thumbnail((side, side))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


def small(pixels: np.ndarray) -> np.ndarray:
    """Returns an image reduced to the size in which it is drawn."""
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE, SIDE))
    return np.asarray(image)
