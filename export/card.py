"""The files beside an export: a description for programs, a model card for people."""

import hashlib
import json
from pathlib import Path
from typing import Any

import keras

from tfiqa import __version__
from tfiqa.export.feature_parity import FeatureParity
from tfiqa.export.module import input_names
from tfiqa.export.module import is_encoder
from tfiqa.export.module import min_side
from tfiqa.export.parity import Parity
from tfiqa.layers import Calibration
from tfiqa.layers import PatchMean
from tfiqa.layers import PillowResize
from tfiqa.scoring.scorer import metadata
from tfiqa.scoring.shipped import PRESETS

# An export of one file comes with two more; these are appended to its name.
BESIDE = (".json", ".md")


def description(scorer: keras.Model, source: Path | None = None) -> dict[str, Any]:
    """Returns what programs need to know about an export.

    Args:
        scorer: The scorer or encoder that is exported.
        source: Its file, whose SHA-256 is recorded.
    """
    common = {
        "input": "RGB in [0, 1], float32 (batch, height, width, 3)",
        "inputs": list(input_names(scorer)),
        "scale": {"input": 1 / 255, "from": "8 bits"},
        "exported_by": f"tfiqa {__version__}",
        "source": None if source is None else source.name,
        "source_sha256": None if source is None else _sha256(source),
    }
    if is_encoder(scorer):
        return {
            "kind": "encoder",
            "name": scorer.name,
            "version": __version__,
            "min_side": min_side(scorer),
            "features": int(scorer.output_shape[-1]),
            **common,
        }
    facts = dict(metadata(scorer))
    worst, best = facts["mos_range"]
    return {
        **facts,
        "direction": "higher is better",
        "range": [worst, best],
        "score": "100 (mos - worst) / (best - worst), not clipped",
        "flat": "NaN: all channels within one of 255 levels",
        "features": scorer.get_layer("features").output.shape[-1],
        **common,
        "measured": {} if source is None else _measured(source),
        **_for_rows(scorer),
    }


def _for_rows(scorer: keras.Model) -> dict[str, Any]:
    """Returns what `tfiqa.score` needs for its columns besides the score."""
    details: dict[str, Any] = {}
    for layer in scorer.layers:
        if isinstance(layer, Calibration):
            details["intervals"] = {"knots": layer.knots, "widths": layer.widths}
        if isinstance(layer, PillowResize):
            details["resized"] = [layer.height, layer.width]
        if isinstance(layer, PatchMean):
            keys = ("size", "grid", "coverage")
            details["crops"] = {key: getattr(layer, key) for key in keys}
    return details


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _measured(source: Path) -> dict[str, Any]:
    """Returns what is known about a scorer's accuracy.

    For a preset this is its card; for the scorer of a run, the run's results on its
    test part. The folder of a run holds other models too, which have no results.
    """
    if source.parent == PRESETS:
        return {"card": source.with_suffix(".md").read_text()}
    record = source.with_name("run.json")
    if source.name != "scorer.keras" or not record.is_file():
        return {}
    try:
        run = json.loads(record.read_text())
    except ValueError as error:
        raise ValueError(
            f"The JSON record of a run is expected. Received: {record}: {error}"
        ) from error
    test = run.get("outcome", {}).get("test", {})
    keys = "dataset", "split_seed", "seed", "recipe"
    protocol = {key: run.get(key) for key in keys}
    return {"test": test, "protocol": protocol} if test else {}


def model_card(facts: dict[str, Any], parity: Parity | FeatureParity, use: str) -> str:
    """Returns the model card, Markdown.

    Args:
        facts: The result of `description`.
        parity: How the export compares with its model.
        use: Code that calls the export, preceded by the name of its language.
    """
    if isinstance(parity, FeatureParity):
        return _encoder_card(facts, parity, use)
    return _scorer_card(facts, parity, use)


def _encoder_card(facts: dict[str, Any], parity: FeatureParity, use: str) -> str:
    return f"""# {facts["name"]}

Features of image quality: an encoder from images of any size to {facts["features"]}
numbers, for a regression of your own.

Written by {facts["exported_by"]}{_origin(facts)}.

## Use

```{use.strip()}
```

- **Input**: {facts["input"]}, each side of {facts["min_side"]} pixels or more.
- **`features`**: float32 `(batch, {facts["features"]})`.

## Agreement of this file with the encoder

```
{parity}
```

## Licence

The license of the code is Apache-2.0. Weights may be bound by the terms of the data
that they were trained on.
"""


def _scorer_card(facts: dict[str, Any], parity: Parity, use: str) -> str:
    reference = "without a reference"
    if len(facts["inputs"]) > 1:
        reference = "by comparing it with a reference of the same size"
    worst, best = facts["range"]
    min_side = facts.get("min_side", 1)
    return f"""# {facts["method"]}, trained on {facts["dataset"]}

Image quality assessment: the quality that people would see in an image,
{reference}. Written by {facts["exported_by"]}{_origin(facts)}.

## Use

```{use.strip()}
```

- **Input**: {facts["input"]}, each side of {min_side} pixels or more.
- **`mos`**: {facts["unit"]} as in training, {worst:g} (worst) to {best:g} (best);
  **higher is better**. Scores are not clipped.
- **`score`**: the same mapped to 0..100.
- Images without structure (each channel within one level) are NaN{_no_nan(parity)}.

## Training data and accuracy

Method `{facts["method"]}`, labels of `{facts["dataset"]}`.

{_accuracy(facts["measured"])}

## Agreement of this file with the scorer

```
{parity}
```

## Limits

Scores are meaningful only for images like those of the training data. They measure
quality, not content, beauty or truth. Color profiles are not applied. The scores of
other models, and of other versions of this one, are on scales of their own.

## Licence

The license of the code is Apache-2.0. Weights learned from `{facts["dataset"]}` may be
bound by the terms of that database and of the data that the backbone was trained on.
"""


def write_beside(file: Path, facts: dict[str, Any], card: str) -> None:
    """Writes the description and the model card; `BESIDE` gives their names."""
    for end, text in zip(BESIDE, (json.dumps(facts, indent=2), card), strict=True):
        file.with_name(file.name + end).write_text(text)


def _origin(facts: dict[str, Any]) -> str:
    if facts["source"] is None:
        return ""
    return f" from `{facts['source']}` (SHA-256 `{facts['source_sha256']}`)"


def _no_nan(parity: Parity) -> str:
    if parity.bar.has_nan:
        return ""
    return " in other formats; **this one has no NaN: check for flat images first**"


def _accuracy(measured: dict[str, Any]) -> str:
    if not measured:
        return "The accuracy of this scorer was not recorded beside its file."
    if "card" in measured:  # Without its title.
        return measured["card"].partition("\n")[2].strip()
    rows = [
        f"| {name} | {row['value']:.3f} | {row['low']:.3f} to {row['high']:.3f} |"
        for name, row in measured["test"].items()
    ]
    protocol = measured["protocol"]
    head = (
        f"Measured once, after training, on the test part of `{protocol['dataset']}` "
        f"(split seed {protocol['split_seed']}, recipe `{protocol['recipe']}`):"
    )
    return "\n".join([head, "", "| | value | 95 % interval |", "|---|---|---|", *rows])
