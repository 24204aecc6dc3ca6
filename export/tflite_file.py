"""Writes LiteRT models, complete and checked against what they export."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfiqa.export import card
from tfiqa.export import embedded
from tfiqa.export import gate
from tfiqa.export import inputs
from tfiqa.export import parity
from tfiqa.export import replacement
from tfiqa.export.conversion import converted
from tfiqa.export.conversion import runner
from tfiqa.export.module import input_names
from tfiqa.export.module import min_side
from tfiqa.export.module import output_names
from tfiqa.export.request import PRECISIONS
from tfiqa.export.request import LiteRTRequest

BARS = {
    "float32": parity.Bar(largest=1e-3, srocc=1.0, features=1e-3),
    "float16": parity.Bar(pearson=0.9999, features=0.02),
    "dynamic": parity.Bar(pearson=0.999, srocc=0.99, features=0.2),
    "int8": parity.Bar(srocc=0.99, features=0.2),
}
CALIBRATION_COUNT = 32  # Number of images, which differ from those of the comparison.
_SIZE = 256  # Sides of calibration images, unless the request fixes a size.

USE = """python
interpreter = Interpreter("FILE.tflite")  # ai_edge_litert.interpreter
outputs = interpreter.get_signature_runner("serving_default")({arguments})
outputs["{result}"]
"""
_ONE_SCORE = ("images", "mos")


def write_checked(request: LiteRTRequest, *, source: Path | None) -> parity.Parity:
    """Writes the file after checking that LiteRT gives the same scores.

    Args:
        request: The scorer to export, and where to write it.
        source: File of the scorer, for the description; that of the request when None.

    Raises:
        parity.Disagreement: If the scores differ; nothing is written.
    """
    file, size = Path(request.path), request.size
    _check(file, request.precision, request.full_integer)
    scorer, scorer_file = inputs.loaded(request.scorer)
    _check_integers(scorer, request.full_integer)
    _check_size(size, min_side(scorer))
    calibration_images = (
        _calibration_images(scorer, request) if request.precision == "int8" else []
    )
    images = inputs.comparison_images(request.images, scorer, size=size)
    facts = _facts(scorer, request, source or scorer_file)
    with replacement.replacing(
        file, overwrite=request.overwrite, beside=card.BESIDE
    ) as partial:
        content = converted(
            scorer,
            precision=request.precision,
            full_integer=request.full_integer,
            size=size,
            representative=calibration_images,
        )
        agreement = gate.verify(
            scorer,
            runner(content),
            images=images,
            bar=_bar(request),
            megabytes=len(content) / 1e6,
            allow_disagreement=request.allow_disagreement,
        )
        facts["parity"] = agreement.as_dict()
        text = card.model_card(facts, agreement, _use(scorer))
        partial.write_bytes(embedded.embed(content, facts, text))
        _check_embedded(content, partial.read_bytes(), images[0])
        card.write_beside(partial, facts, text)
    return agreement


def _facts(scorer, request: LiteRTRequest, source: Path | None) -> dict[str, Any]:
    return {
        **card.description(scorer, source),
        "precision": "full_integer" if request.full_integer else request.precision,
        "size": request.size,
        "builtin_operators_only": True,
    }


def _bar(request: LiteRTRequest) -> parity.Bar:
    bar = BARS[request.precision]
    return parity.Bar(srocc=bar.srocc, has_nan=False) if request.full_integer else bar


def _check(file: Path, precision: str, full_integer: bool) -> None:
    if file.suffix != ".tflite":
        raise ValueError(f"A `.tflite` file is expected. Received: {file}")
    if precision not in PRECISIONS:
        raise ValueError(
            f"One of {', '.join(PRECISIONS)} is expected. "
            f"Received: precision={precision!r}"
        )
    if full_integer and precision != "int8":
        raise ValueError(
            f"`full_integer` needs precision='int8'. Received: precision={precision!r}"
        )


def _check_integers(scorer: keras.Model, full_integer: bool) -> None:
    if full_integer and input_names(scorer) + output_names(scorer)[:1] != _ONE_SCORE:
        raise ValueError(
            "`full_integer` needs a scorer of single images. "
            f"Received: {scorer.name!r}, from {', '.join(input_names(scorer))} to "
            f"{', '.join(output_names(scorer))}"
        )


def _use(scorer: keras.Model) -> str:
    arguments = ", ".join(f"{name}={name}" for name in input_names(scorer))
    return USE.format(arguments=arguments, result=output_names(scorer)[0])


def _check_size(size: tuple[int, int] | None, smallest: int) -> None:
    if size is not None and min(size) < smallest:
        raise ValueError(
            f"Sides of {smallest} pixels or more are expected, the least that the "
            f"scorer accepts. Received: size={size}"
        )


def _calibration_images(
    scorer: keras.Model, request: LiteRTRequest
) -> list[parity.Example]:
    """Returns the images that determine the ranges of quantization."""
    side = max(_SIZE, min_side(scorer))
    return inputs.representatives(
        request.representative,
        scorer,
        size=request.size or (side, side),
        limit=CALIBRATION_COUNT,
    )


def _check_embedded(
    content: bytes, with_metadata: bytes, image: parity.Example
) -> None:
    """Raises Disagreement if the metadata changed what the model computes."""
    batches = [parity.unit_batch([part]) for part in parity.parts_of(image)]
    before, after = runner(content)(*batches), runner(with_metadata)(*batches)
    if not np.array_equal(before, after, equal_nan=True):
        raise parity.Disagreement(f"{before} became {after} with the metadata.")
