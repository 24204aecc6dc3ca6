"""Draws the two diagrams of `architecture.md`: the folders, and the three contracts.

python docs/draw_architecture.py

Writes `rooms.svg` and `contracts.svg` beside this file.
"""

from collections.abc import Iterator
from collections.abc import Sequence
from html import escape
from pathlib import Path

# From the bottom up: the name and the purpose of each folder. A folder imports only
# folders of lower floors, as `tests/test_architecture.py` checks.
FLOORS: Sequence[Sequence[tuple[str, str]]] = (
    (
        ("files", "listing, atomic writing"),
        ("pixels", "luma, reflection"),
        ("config", "constraints, overrides"),
    ),
    (
        ("layers", "of Keras"),
        ("losses", "of Keras"),
        ("optimizers", "of Keras"),
        ("metrics", "SROCC, PLCC"),
        ("distortions", "25 types"),
        ("figures", "plots of arrays"),
        ("cli", "start, statuses"),
    ),
    (
        ("synthetic", "generated images"),
        ("backbones", "trunks, checkpoints"),
        ("trainers", "steps, state, resume"),
    ),
    (("datasets", "one folder for each database"),),
    (("data", "decode, load, split"),),
    (
        ("scoring", "load, call, assess; presets, runtimes"),
        ("decisions", "select, gate, copy rows"),
        ("regression", "features to scores"),
    ),
    (("pristine", "statistics of pristine images"),),
    (("models", "networks and factories"),),
    (("methods", "one folder for each method"),),
    (("training", "train_method, train_request"),),
    (("evaluation", "evaluate_request, protocols"),),
    (
        ("report", "pages"),
        ("export", "SavedModel, LiteRT, ONNX"),
        ("beam", "shards on Apache Beam"),
    ),
    (("reproduction", "tables of the papers: plans, states, page"),),
)
COMMANDS = (
    "score  train  evaluate  prepare  convert  fit  certify  calibrate",
    "features  sheet  ablate  representations  reproduce  beam.score",
)

CONTRACTS = (
    (
        "Example",
        "what a prepared dataset yields",
        (
            "image: the file's own bytes",
            "image_id: text",
            "mos: float32, as published",
            "reference_id, distortion, level",
            "where they are known",
        ),
    ),
    (
        "Method",
        "how a folder in methods/ learns",
        (
            "config: frozen, the paper's defaults",
            "recipes: paper, quick, released",
            "train(config, sources, run)",
            "convert(arrays, config)",
        ),
    ),
    (
        "Scorer",
        "what training returns",
        (
            "float32 (batch, height, width, 3)",
            "RGB in [0, 255], any size",
            "to float32 (batch, 1), in MOS units",
            "higher is better, flat gives NaN",
        ),
    ),
)
ARROWS = ("learned from by", "returns")
USERS = "score   evaluate   report   calibrate   export"

WIDTH = 960
STYLE = """
  .room { fill: #eef3f8; stroke: #4a6785; stroke-width: 1.2; }
  .top { fill: #f8f1e4; stroke: #8a6d3b; stroke-width: 1.2; }
  text { font-family: sans-serif; font-size: 13px; fill: #1d2b3a; text-anchor: middle; }
  .name { font-weight: bold; font-size: 14px; }
  .note { font-size: 11.5px; fill: #48596a; }
  .arrow { stroke: #4a6785; stroke-width: 1.5; fill: none; marker-end: url(#head); }
"""
HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
    'markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z" fill="#4a6785"/></marker>'
    "</defs>"
)


def rooms() -> str:
    """Returns the diagram of folders, the commands on top, as SVG."""
    height, gap = 52, 12
    floors = list(reversed(FLOORS))
    body = [_box(20, 20, WIDTH - 40, 64, "commands", COMMANDS, kind="top")]
    for row, floor in enumerate(floors):
        top = 20 + 64 + gap + row * (height + gap)
        width = (WIDTH - 40 - gap * (len(floor) - 1)) / len(floor)
        for column, (name, purpose) in enumerate(floor):
            left = 20 + column * (width + gap)
            body.append(_box(left, top, width, height, name, (purpose,)))
    total = 20 + 64 + gap + len(floors) * (height + gap)
    caption = "A folder imports folders of lower floors only. Nobody imports a command."
    body.append(_text(WIDTH / 2, total + 14, caption, "note"))
    return _svg(total + 30, body)


def contracts() -> str:
    """Returns the diagram of the three contracts as SVG."""
    width, height, gap = 260, 160, 70
    body = []
    for column, (name, purpose, lines) in enumerate(CONTRACTS):
        left = 20 + column * (width + gap)
        body.append(_box(left, 30, width, height, name, (purpose, "", *lines)))
        if column:
            middle = 30 + height / 2
            body.append(_arrow(left - gap + 4, middle, left - 4, middle))
            label = ARROWS[column - 1]
            for line, word in enumerate(label.split(" by")[0].split()):
                body.append(
                    _text(left - gap / 2, middle - 24 + 13 * line, word, "note")
                )
    last = 20 + 2 * (width + gap) + width / 2
    body.append(_arrow(last, 30 + height + 4, last, 236))
    body.append(_box(20, 240, WIDTH - 40, 48, "everything downstream", (USERS,), "top"))
    return _svg(304, body)


def _box(
    left: float,
    top: float,
    width: float,
    height: float,
    name: str,
    lines: Sequence[str],
    kind: str = "room",
) -> str:
    middle = left + width / 2
    shape = (
        f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="5"/>'
    )
    texts = [_text(middle, top + 21, name, "name")]
    texts += [
        _text(middle, top + 39 + 15 * index, line, "note")
        for index, line in enumerate(lines)
        if line
    ]
    return "\n".join([shape, *texts])


def _text(x: float, y: float, content: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(content)}</text>'


def _arrow(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path class="arrow" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def _svg(height: float, body: Sequence[str]) -> str:
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}">',
        f"<style>{STYLE}</style>",
        HEAD,
        f'<rect width="{WIDTH}" height="{height:.0f}" fill="white"/>',
        *body,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def drawings() -> Iterator[tuple[str, str]]:
    """Yields the name and the content of each diagram."""
    yield "rooms.svg", rooms()
    yield "contracts.svg", contracts()


if __name__ == "__main__":
    for name, content in drawings():
        Path(__file__).with_name(name).write_text(content, "utf-8")
