"""Pieces of HTML from text and numbers; all input is escaped."""

import base64
import html
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1b2a41; margin: 0 auto;
  max-width: 72rem; padding: 1.5rem; background: #fff; }
h1, h2, h3 { line-height: 1.2; font-weight: 600; }
h2 { margin-top: 2.5rem; border-bottom: 2px solid #dbe7ee; padding-bottom: .3rem; }
nav a { margin-right: 1rem; white-space: nowrap; }
a { color: #2a6f97; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin: .8rem 0; }
th, td { padding: .25rem .7rem; text-align: left; border-bottom: 1px solid #dbe7ee;
  font-variant-numeric: tabular-nums; vertical-align: middle; }
th { background: #f2f6f8; position: sticky; top: 0; }
tr.paper td { color: #5c677d; font-style: italic; }
figure { display: inline-block; margin: .5rem 1rem .5rem 0; vertical-align: top; }
figure img { max-width: 100%; height: auto; }
figcaption { font-size: 13px; color: #5c677d; max-width: 40rem; }
td img { max-height: 110px; max-width: 160px; display: block; }
ul.hints { background: #fff6e5; padding: .8rem 2rem; border-left: 4px solid #e07a5f; }
pre { background: #f2f6f8; padding: .8rem; overflow-x: auto; font-size: 12px;
  white-space: pre-wrap; }
"""

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class Safe(str):
    """Text that is HTML already."""


def text(value: object) -> Safe:
    """Returns any value as escaped HTML; leaves HTML unchanged."""
    return value if isinstance(value, Safe) else Safe(html.escape(str(value)))


def element(tag: str, *content: object, **attributes: str) -> Safe:
    """Returns `<tag>content</tag>`; `class_` is the attribute `class`."""
    return Safe(f"<{tag}{_pairs(attributes)}>{''.join(map(text, content))}</{tag}>")


def _pairs(attributes: Mapping[str, str]) -> str:
    return "".join(
        f' {name.rstrip("_")}="{html.escape(value, quote=True)}"'
        for name, value in attributes.items()
    )


def table(
    heading: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    classes: Sequence[str] = (),
) -> Safe:
    """Returns a table; `classes` are the classes of its first rows."""
    lines = [element("tr", *(element("th", cell) for cell in heading))]
    for index, row in enumerate(rows):
        attributes = {"class_": classes[index]} if index < len(classes) else {}
        lines.append(
            element("tr", *(element("td", cell) for cell in row), **attributes)
        )
    return element("div", element("table", *lines), class_="wide")


def image(encoded: bytes, *, alt: str, kind: str = "png", **attributes: str) -> Safe:
    """Returns an image element that contains the image data."""
    data = base64.b64encode(encoded).decode()
    source = f"data:image/{kind};base64,{data}"
    pairs = _pairs({"alt": alt, "src": source, **attributes})
    return Safe(f"<img{pairs}>")


def figure(encoded: bytes, caption: str, *, width: int | None = None) -> Safe:
    """Returns a figure with its caption below."""
    style = {} if width is None else {"style": f"width: {width}px"}
    return element(
        "figure",
        image(encoded, alt=caption),
        element("figcaption", caption),
        **style,
    )


def document(
    title: str,
    sections: Sequence[tuple[str, Sequence[Safe]]],
    *,
    style: str = STYLE,
) -> str:
    """Returns a complete page that needs no other file.

    Browsers run no script in it and load nothing for it, whatever it contains.

    Args:
        title: Title of the page.
        sections: Heading and content of each section.
        style: The CSS of the page.
    """
    links = [
        element("a", name, href=f"#part-{index}")
        for index, (name, _) in enumerate(sections)
    ]
    body = [element("h1", title), element("nav", *links)]
    for index, (name, content) in enumerate(sections):
        body += [element("h2", name, id=f"part-{index}"), *content]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<meta http-equiv='Content-Security-Policy' content=\"{POLICY}\">"
        f"<title>{html.escape(title)}</title><style>{style}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )
