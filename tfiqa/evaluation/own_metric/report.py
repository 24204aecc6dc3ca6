"""Results of a fitted metric for programs, for people, and for the card."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Any

from tfiqa.files.csv_rows import csv_line
from tfiqa.files.csv_rows import harmless
from tfiqa.files.rating_rows import Rows

if TYPE_CHECKING:
    from tfiqa.evaluation.own_metric.pairs import PairResult
    from tfiqa.evaluation.own_metric.rated import Rated

# Numbers of further labels whose effect is estimated.
MORE = (50, 200)
_SHOWN = 20


def of_table(rows: Rows) -> dict[str, Any]:
    """Returns what was read from a table, and what is wrong with it."""
    return {
        "kind": "pairs" if rows.are_pairs else "ratings",
        "rows": len(rows.images),
        "notes": rows.notes,
        "repeated": rows.repeated,
        "contradicting": rows.contradicting,
        "faults": {str(line): rows.faults[line] for line in sorted(rows.faults)},
    }


def of_ratings(result: "Rated", dropped: list[str], seed: int) -> dict[str, Any]:
    """Returns the results of a metric of ratings.

    Args:
        result: The metric.
        dropped: Names of rated images that have no features.
        seed: Seed of the bootstrap.
    """
    from tfiqa.evaluation.own_metric.rated import figures

    outcome, mos, curve = result.outcome, result.mos, result.curve
    labels = len(mos)
    families = {
        name: figures(values, mos, seed)
        for name, values in zip(outcome.names, outcome.predictions, strict=True)
    }
    return {
        "kind": "ratings",
        "labels": labels,
        "dropped": dropped,
        "parts": int(outcome.parts.max()) + 1,
        "procedure": figures(outcome.chosen, mos, seed),
        "choices": list(outcome.choices),
        "families": families,
        "family": result.family,
        "settings": result.settings,
        "uncalibrated": result.uncalibrated,
        "curve": {
            "family": curve.family,
            "counts": list(curve.counts),
            "sroccs": list(curve.sroccs),
            "law": None if curve.law is None else list(curve.law),
            "gains": {str(more): curve.gain(labels, more) for more in MORE},
        },
        "next": list(result.next),
    }


def of_pairs(
    results: Mapping[str, "PairResult"], best: str, images: int, dropped: list[str]
) -> dict[str, Any]:
    """Returns the results of a metric of pairs."""
    return {
        "kind": "pairs",
        "labels": images,
        "dropped": dropped,
        "family": best,
        "families": {
            name: {
                "right": one.right,
                "interval": list(one.interval),
                "loss": one.loss,
                "pairs": len(one.differences),
                "alpha": one.alpha,
            }
            for name, one in results.items()
        },
    }


def lines(known: dict[str, Any]) -> list[str]:
    """Returns the report for a terminal."""
    return [*_table_lines(known), *_BODIES[known["kind"]](known)]


def card(known: dict[str, Any]) -> str:
    """Returns the card of the scorer, Markdown."""
    name = known["folder"]["name"]
    body = "\n".join(f"- {line}" for line in lines(known))
    return f"""# Metric fitted to `{name}`

Written by `python -m tfiqa.fit` of tfiqa {known["version"]}.

{body}

**Limits.** It judges images like those of `{name}`. The figures are measured on
unseen contents of this folder: on other images it may be worse. The
trunk comes from a package, and was trained for ImageNet. **Use**: the terms are those
of the ratings and images, and of the trunk; the code is Apache-2.0.
"""


def without_nan(value: Any) -> Any:
    """Returns a report with None for NaN, which JSON does not have."""
    if isinstance(value, dict):
        return {key: without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def cell(name: str) -> str:
    """Returns a name as a line of CSV without its end."""
    return csv_line([harmless(name)]).removesuffix("\n")


def _table_lines(known: dict[str, Any]) -> list[str]:
    folder = known["folder"]
    found = [f"{folder['images']:,} images in the folder", *folder["skipped"]]
    table = known.get("table")
    if table is None:
        return found
    faults = list(table["faults"].items())
    found += [f"table: {note}" for note in table["notes"]]
    found += [f"line {line}: {text}" for line, text in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        found.append(f"{len(faults) - _SHOWN:,} more lines are listed in fit.json")
    what = f"{table['rows']:,} {table['kind']}"
    counts = f"{table['repeated']:,} repeated, {table['contradicting']:,} contradicting"
    return [*found, f"{what} read; {len(faults):,} lines with faults; {counts}"]


def _rating_lines(known: dict[str, Any]) -> list[str]:
    rows = [
        f"{name}: {_figure(one['srocc'], 'SROCC')}, {_figure(one['plcc'], 'PLCC')}"
        for name, one in known["families"].items()
    ]
    choice = known["procedure"]
    return [
        *_dropped_lines(known),
        f"nested cross-validation of {known['labels']:,} images in {known['parts']} "
        "parts by content, 95 % bootstrap:",
        *rows,
        f"the choice among them: {_figure(choice['srocc'], 'SROCC')}, "
        f"{_figure(choice['plcc'], 'PLCC')}",
        f"chosen: {known['family']}, {_settings(known['settings'])}",
        _interval_line(known),
        *_curve_lines(known),
        *_next_lines(known["next"]),
    ]


def _next_lines(names: list[str]) -> list[str]:
    if not names:
        return []
    more = ", ..., see next.csv" if len(names) > 5 else ""
    return [f"label next: {', '.join(names[:5])}{more}"]


def _curve_lines(known: dict[str, Any]) -> list[str]:
    curve = known["curve"]
    points = ", ".join(
        f"{count}: {srocc:.3f}"
        for count, srocc in zip(curve["counts"], curve["sroccs"], strict=True)
    )
    found = [f"SROCC by number of labels ({curve['family']}): {points}"]
    if curve["law"] is None:
        return [*found, "SROCC does not rise with the number of labels: no estimate"]
    gains = ", ".join(
        f"{more} more labels: about +{gain:.2f}"
        for more, gain in curve["gains"].items()
    )
    return [*found, f"estimate by a power law: {gains}"]


def _interval_line(known: dict[str, Any]) -> str:
    if known["uncalibrated"]:
        return f"scores in MOS, without an interval: {known['uncalibrated']}"
    return "scores from 0 to 100, each with an interval (`tfiqa.score --interval`)"


def _pair_lines(known: dict[str, Any]) -> list[str]:
    rows = [
        f"{name}: {one['right']:.1%} right [{one['interval'][0]:.1%}, "
        f"{one['interval'][1]:.1%}], log loss {one['loss']:.3f} (guessing: 0.693), "
        f"{one['pairs']:,} pairs"
        for name, one in known["families"].items()
    ]
    return [
        *_dropped_lines(known),
        f"cross-validation of pairs of {known['labels']:,} images, on pairs with at "
        "least one unseen image:",
        *rows,
        f"chosen: {known['family']}; scores are log odds, without an interval",
    ]


def _good_lines(known: dict[str, Any]) -> list[str]:
    return [
        f"distance from {known['patches']:,} sharp and colorful patches of "
        f"{known['images']:,} images",
        "without ratings, nothing is measured; scores are negative distances",
    ]


_BODIES = {"ratings": _rating_lines, "pairs": _pair_lines, "good": _good_lines}


def _dropped_lines(known: dict[str, Any]) -> list[str]:
    dropped = known["dropped"]
    if not dropped:
        return []
    return [
        f"{len(dropped):,} labeled images have no features: {', '.join(dropped[:5])}"
    ]


def _figure(figure: dict[str, Any], name: str) -> str:
    low, high = figure["interval"]
    return f"{name} {figure['value']:.3f} [{low:.3f}, {high:.3f}]"


def _settings(settings: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in settings.items()
    )
