"""Tables of the report: our figures beside those from papers."""

from collections.abc import Mapping
from collections.abc import Sequence

from tfiqa.evaluation.results import EvaluationResults
from tfiqa.evaluation.results import Row
from tfiqa.evaluation.results import format_figure
from tfiqa.evaluation.results import format_number
from tfiqa.evaluation.results import format_significance
from tfiqa.report import html
from tfiqa.report.published import Published
from tfiqa.report.published import beside


def tables(results: EvaluationResults, methods: Mapping[str, str]) -> list[html.Safe]:
    """Returns a table for each protocol and dataset, hints and tests of significance.

    Args:
        results: Results of an evaluation.
        methods: Method of each predictor, to find it in papers.
    """
    parts: list[html.Safe] = []
    if results.messages:
        hints = [html.element("li", hint) for hint in results.messages]
        parts.append(html.element("ul", *hints, class_="hints"))
    for protocol in dict.fromkeys(row.protocol for row in results.rows):
        rows = [row for row in results.rows if row.protocol == protocol]
        parts.append(html.element("h3", f"{protocol} ({rows[0].interval})"))
        for dataset in dict.fromkeys(row.dataset for row in rows):
            of_one = [row for row in rows if row.dataset == dataset]
            papers = beside(protocol, dataset)
            parts.append(_table(of_one, papers, methods))
    if results.significance:
        lines = [
            html.element("li", format_significance(pair))
            for pair in results.significance
        ]
        parts += [html.element("h3", "Significance"), html.element("ul", *lines)]
    return parts


def _table(
    rows: Sequence[Row], papers: Sequence[Published], methods: Mapping[str, str]
) -> html.Safe:
    """Returns our rows, then those from papers, with the columns of both."""
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    heading = ["dataset", "of", "method", *names, "n", "not scored"]
    heading += ["paper"] if papers else []
    cells: list[list[str]] = []
    for row in rows:
        known = [
            number
            for number in papers
            if number.method == methods.get(row.method, row.method)
            and number.of in ("", row.of)
        ]
        figures = [format_figure(row.figures.get(name)) for name in names]
        unscored = ", ".join(f"{count} {kind}" for kind, count in row.failures.items())
        begin = [row.dataset, row.of, row.method]
        cells.append([*begin, *figures, f"{row.n:,}", unscored or "0"])
        cells[-1] += [_paper(known)] if papers else []
    kept = len(cells)
    for key in dict.fromkeys((p.method, p.of, p.source, p.protocol) for p in papers):
        group = [p for p in papers if (p.method, p.of, p.source, p.protocol) == key]
        values = {number.figure: format_number(number.value) for number in group}
        method, of, source, protocol = key
        figures = [values.get(name, "") for name in names]
        keys = [group[0].dataset, of, method]
        cells.append([*keys, *figures, "", "", f"{source} ({protocol})"])
    classes = [""] * kept + ["paper"] * (len(cells) - kept)
    return html.table(heading, cells, classes=classes)


def _paper(known: Sequence[Published]) -> str:
    return "; ".join(
        f"{number.figure} {format_number(number.value)} ({number.table})"
        for number in known
    )
