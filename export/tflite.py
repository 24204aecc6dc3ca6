"""Exports a scorer for LiteRT (TensorFlow Lite), with built-in operators alone.

python -m tfiqa.export.tflite SCORER FILE.tflite [--precision int8] [--height --width]

The signature `serving_default` takes `images`, float32 (batch, height, width, 3), RGB
in [0, 1], of any size unless one is given, and returns `mos` and `score` (0..100),
(batch, 1), higher is better, NaN for flat pictures. What is known of the scorer is in
the file, for the tools that read such metadata, and beside it in FILE.tflite.json;
FILE.tflite.md is for people.

  float32   the default
  float16   stores the weights in half the bytes
  dynamic   stores them in a quarter
  int8      also computes the trunk in integers; what makes a score of it stays float32
  --full_integer   of int8: all in integers, from uint8 pictures to a uint8 MOS. Such a
            file has no NaN, few different scores, and one output, `mos`

Exit status: 0 exported, 1 not, 2 wrong usage.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from absl import app
from absl import flags

from tfiqa.cli import command
from tfiqa.export import card
from tfiqa.export import cli
from tfiqa.export import embedded
from tfiqa.export import parity
from tfiqa.export import pictures as pictures_of
from tfiqa.export import replacement
from tfiqa.export.conversion import PRECISIONS
from tfiqa.export.conversion import converted
from tfiqa.export.conversion import runner
from tfiqa.export.module import check_scorer
from tfiqa.export.module import min_side

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


def export(
    scorer: keras.Model,
    file: str | Path,
    *,
    source: Path | None = None,
    precision: str = "float32",
    full_integer: bool = False,
    size: tuple[int, int] | None = None,
    representative: Sequence[np.ndarray] | None = None,
    pictures: Sequence[np.ndarray] | None = None,
    overwrite: bool = False,
    allow_disagreement: bool = False,
) -> parity.Parity:
    """Writes the file, once LiteRT is seen to score as the scorer does.

    Args:
        scorer: The scorer.
        file: Where to write, `.tflite`; must not exist, nor the files that are put
            beside it, FILE.tflite.json and FILE.tflite.md.
        source: The file of the scorer, to be told of.
        precision: One of `PRECISIONS`; see the head of this module.
        full_integer: See the head of this module.
        size: Height and width of all pictures; any if not given.
        representative: uint8 `(height, width, 3)`, of which `"int8"` takes the ranges;
            generated when None.
        pictures: uint8 `(height, width, 3)` to compare on; 64 generated ones and a
            flat one when None.
        overwrite: Whether `file` may be replaced.
        allow_disagreement: Whether a file that disagrees is left, and said to.

    Raises:
        parity.Disagreement: If it does disagree; nothing is left behind.
    """
    file = Path(file)
    _check(file, precision, full_integer)
    check_scorer(scorer)
    _check_size(size, min_side(scorer))
    seen = _seen(scorer, size, representative) if precision == "int8" else []
    pictures = pictures_of.compared(pictures, min_side=min_side(scorer), size=size)
    bar = BARS[precision]
    if full_integer:
        bar = parity.Bar(srocc=bar.srocc, has_nan=False)
    facts = {
        **card.description(scorer, source),
        "precision": "full_integer" if full_integer else precision,
        "size": size,
        "builtin_operators_only": True,
    }
    with replacement.replacing(
        file, overwrite=overwrite, beside=card.BESIDE
    ) as partial:
        content = converted(
            scorer,
            precision=precision,
            full_integer=full_integer,
            size=size,
            representative=seen,
        )
        found = parity.verify(
            scorer,
            runner(content),
            pictures=pictures,
            bar=bar,
            megabytes=len(content) / 1e6,
            allow_disagreement=allow_disagreement,
        )
        facts["parity"] = found.as_dict()
        text = card.model_card(facts, found, USE)
        partial.write_bytes(embedded.embed(content, facts, text))
        _check_embedded(content, partial.read_bytes(), pictures[0])
        card.write_beside(partial, facts, text)
    return found


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


def _seen(scorer, size, given) -> list[np.ndarray]:
    side = max(_SIZE, min_side(scorer))
    size = size or (side, side)
    if given is not None and not len(given):
        raise ValueError("Pictures are expected. Received: representative=[]")
    if given is None:
        return pictures_of.generated(CALIBRATED_ON, size=size, first=10_000)
    return [pictures_of.fitted(picture, size) for picture in given]


def _check_embedded(content: bytes, whole: bytes, picture: np.ndarray) -> None:
    """Raises Disagreement if the metadata changed what the model computes."""
    image = picture[None].astype("float32") / np.float32(255)
    one, other = runner(content)(image), runner(whole)(image)
    if not np.array_equal(one, other, equal_nan=True):
        raise parity.Disagreement(f"{one} became {other} with the metadata.")


def define_flags() -> None:
    """Defines the flags of this command."""
    cli.define_flags()
    flags.DEFINE_enum("precision", "float32", [*PRECISIONS], "See above.")
    flags.DEFINE_boolean("full_integer", False, "See above.")
    flags.DEFINE_integer("height", None, "Of all pictures.", lower_bound=1)
    flags.DEFINE_integer("width", None, "Of all pictures.", lower_bound=1)
    flags.DEFINE_string(
        "representative",
        None,
        "Folder of pictures from which int8 takes its ranges; generated if not given.",
    )


def _options() -> Mapping[str, Any]:
    given = flags.FLAGS
    if (given.height is None) != (given.width is None):
        raise app.UsageError("--height and --width belong together.", exitcode=2)
    representative = given.representative
    return {
        "precision": given.precision,
        "full_integer": given.full_integer,
        "size": None if given.height is None else (given.height, given.width),
        "representative": representative
        and pictures_of.of_folder(representative, CALIBRATED_ON),
    }


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    return cli.run(argv, "SCORER and FILE.tflite", export, _options)


if __name__ == "__main__":
    command.run(define_flags, main)
