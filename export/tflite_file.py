"""Writing of LiteRT models: complete, and seen to score as the scorer does."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from tfiqa.export import card
from tfiqa.export import embedded
from tfiqa.export import inputs
from tfiqa.export import parity
from tfiqa.export import replacement
from tfiqa.export.conversion import converted
from tfiqa.export.conversion import runner
from tfiqa.export.module import min_side
from tfiqa.export.request import PRECISIONS
from tfiqa.export.request import LiteRTRequest

BARS = {
    "float32": parity.Bar(largest=1e-3, srocc=1.0),
    "float16": parity.Bar(pearson=0.9999),
    "dynamic": parity.Bar(pearson=0.999, srocc=0.99),
    "int8": parity.Bar(srocc=0.99),
}
CALIBRATED_ON = 32  # Pictures, others than those of the comparison.
_SIZE = 256  # Of the pictures of the calibration, where any size is taken.

USE = """python
interpreter = Interpreter("FILE.tflite")  # ai_edge_litert.interpreter
outputs = interpreter.get_signature_runner("serving_default")(images=images)
outputs["mos"]
"""


def write_checked(request: LiteRTRequest, *, source: Path | None) -> parity.Parity:
    """Writes the file, once LiteRT scores as the scorer does.

    Args:
        request: What to export.
        source: File of the scorer, for the description; the request's own when None.

    Raises:
        parity.Disagreement: If it does not; nothing is left behind.
    """
    file, size = Path(request.path), request.size
    _check(file, request.precision, request.full_integer)
    scorer, loaded_from = inputs.loaded(request.scorer)
    _check_size(size, min_side(scorer))
    seen = _seen(scorer, request) if request.precision == "int8" else []
    pictures = inputs.compared(request.pictures, scorer, size=size)
    facts = _facts(scorer, request, source or loaded_from)
    with replacement.replacing(
        file, overwrite=request.overwrite, beside=card.BESIDE
    ) as partial:
        content = converted(
            scorer,
            precision=request.precision,
            full_integer=request.full_integer,
            size=size,
            representative=seen,
        )
        found = parity.verify(
            scorer,
            runner(content),
            pictures=pictures,
            bar=_bar(request),
            megabytes=len(content) / 1e6,
            allow_disagreement=request.allow_disagreement,
        )
        facts["parity"] = found.as_dict()
        text = card.model_card(facts, found, USE)
        partial.write_bytes(embedded.embed(content, facts, text))
        _check_embedded(content, partial.read_bytes(), pictures[0])
        card.write_beside(partial, facts, text)
    return found


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
            "`full_integer` is a kind of precision='int8'. "
            f"Received: precision={precision!r}"
        )


def _check_size(size: tuple[int, int] | None, least: int) -> None:
    if size is not None and min(size) < least:
        raise ValueError(
            f"Sides of {least} pixels or more are expected, the least that the scorer "
            f"looks at. Received: size={size}"
        )


def _seen(scorer: keras.Model, request: LiteRTRequest) -> list[np.ndarray]:
    """Returns the pictures from which integers take their ranges."""
    side = max(_SIZE, min_side(scorer))
    return inputs.representatives(
        request.representative, size=request.size or (side, side), most=CALIBRATED_ON
    )


def _check_embedded(content: bytes, whole: bytes, picture: np.ndarray) -> None:
    """Raises Disagreement if the metadata changed what the model computes."""
    image = picture[None].astype("float32") / np.float32(255)
    one, other = runner(content)(image), runner(whole)(image)
    if not np.array_equal(one, other, equal_nan=True):
        raise parity.Disagreement(f"{one} became {other} with the metadata.")
