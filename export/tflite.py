"""Exports a scorer for LiteRT (TensorFlow Lite), with built-in operators alone.

python -m tfiqa.export.tflite SCORER FILE.tflite [--precision float32|float16]

The signature `serving_default` takes `images`, float32 (batch, height, width, 3), RGB
in [0, 1], of any size, and returns `mos`, (batch, 1), higher is better, NaN for flat
pictures. float16 stores the weights in half the bytes. What the scorer knows of itself
is in FILE.json.
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from absl import app
from absl import flags

from tfiqa import command
from tfiqa.export import parity
from tfiqa.export import target
from tfiqa.export.module import Exported
from tfiqa.scorer import load_scorer
from tfiqa.scorer import metadata

BOUNDS = {"float32": 1e-5, "float16": 1e-3}


def export(
    scorer: keras.Model,
    file: Path,
    *,
    precision: str = "float32",
    pictures: Sequence[np.ndarray] | None = None,
    overwrite: bool = False,
) -> parity.Parity:
    """Writes the file, once LiteRT is seen to score as the scorer does.

    Args:
        scorer: The scorer.
        file: Where to write, `.tflite`; must not exist. A `.json` is put beside it.
        precision: `"float32"` or `"float16"`, of the weights.
        pictures: uint8 `(height, width, 3)` to compare on; generated when None.
        overwrite: Whether `file` may be replaced.

    Raises:
        parity.Disagreement: If it does not; nothing is left behind.
    """
    if file.suffix != ".tflite":
        raise ValueError(f"A `.tflite` file is expected. Received: {file}")
    if precision not in BOUNDS:
        raise ValueError(
            f"One of {', '.join(BOUNDS)} is expected. Received: precision={precision!r}"
        )
    if pictures is None:
        pictures = parity.generated_pictures(metadata(scorer).get("min_side", 1))
    with target.replacing(file, overwrite=overwrite) as partial:
        partial.write_bytes(converted(scorer, precision=precision))
        found = parity.verify(
            scorer, runner(partial), pictures=pictures, bound=BOUNDS[precision]
        )
        beside = {**metadata(scorer), "precision": precision}
        with target.replacing(file.with_suffix(".json"), overwrite=True) as description:
            description.write_text(json.dumps(beside, indent=2))
    return found


def converted(scorer: keras.Model, *, precision: str = "float32") -> bytes:
    """Returns the scorer as a flat buffer.

    Raises:
        ValueError: If an operation of the scorer is none of LiteRT's own.
    """
    module = Exported(scorer)
    with tempfile.TemporaryDirectory() as scratch:
        tf.saved_model.save(module, scratch, signatures=module.only_mos)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            scratch, signature_keys=["serving_default"]
        )
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        if precision == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        try:
            return converter.convert()
        except Exception as error:  # Its class is private to TensorFlow.
            foreign = re.findall(
                r"^(?:Custom|.*Select|Flex) ops: (.+)$", str(error), re.M
            )
            if not foreign:
                raise
            raise ValueError(
                "Operations that LiteRT has are expected. "
                f"Received: {', '.join(dict.fromkeys(foreign))}"
            ) from error


def runner(file: Path) -> Callable[[np.ndarray], np.ndarray]:
    """Returns the function of pictures that a file holds, run by LiteRT."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise RuntimeError(
            "The check of a .tflite file needs `pip install ai-edge-litert`."
        ) from error
    run = Interpreter(model_path=str(file)).get_signature_runner("serving_default")
    return lambda images: run(images=images)["mos"]


def define_flags() -> None:
    """Defines the flags of this command."""
    flags.DEFINE_enum("precision", "float32", [*BOUNDS], "Precision of the weights.")
    flags.DEFINE_string("images", None, "Folder of pictures to compare on.")
    flags.DEFINE_boolean("overwrite", False, "Replaces a file that is there.")


def main(argv: list[str]) -> int:
    """Runs the command; returns its exit status."""
    if len(argv) != 3:
        raise app.UsageError("SCORER and FILE.tflite are expected.")
    given = flags.FLAGS
    try:
        pictures = None if given.images is None else parity.pictures_of(given.images)
        found = export(
            load_scorer(argv[1]),
            Path(argv[2]),
            precision=given.precision,
            pictures=pictures,
            overwrite=given.overwrite,
        )
    except (OSError, RuntimeError, ValueError) as error:
        print(f"Not exported. {error}", file=sys.stderr)
        return 1
    print(f"{argv[2]}: {found}")
    return 0


if __name__ == "__main__":
    command.run(define_flags, main)
