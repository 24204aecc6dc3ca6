"""Writes the smallest JPEG of a picture whose score falls by at most so much.

python examples/smallest_jpeg.py --model SCORER --fall 2 photo.png small.jpg

All qualities are encoded, which is quick, and scored from the smallest file up until
one is good enough: scores need not rise with the quality, sizes decide.
"""

import io
import sys
from collections.abc import Callable

import numpy as np
from absl import app
from absl import flags
from PIL import Image

import tfiqa
from tfiqa.data.decode import decode
from tfiqa.scoring.scorer import predictor


def main(argv: list[str]) -> None:
    if len(argv) != 3:
        raise app.UsageError("Two pictures are expected, one to read, one to write.")
    try:
        with open(argv[1], "rb") as file:
            picture = decode(file.read())
        predict = predictor(tfiqa.load_scorer(flags.FLAGS.model))
        encoded, quality, score = smallest(predict, picture, fall=flags.FLAGS.fall)
    except (OSError, ValueError) as error:
        sys.exit(f"{argv[1]} is not encoded. {error}")
    with open(argv[2], "wb") as file:
        file.write(encoded)
    print(
        f"quality {quality}, {len(encoded):,} bytes, score {score:.2f} "
        f"(without compression {predict(picture):.2f})"
    )


def smallest(
    predict: Callable[[np.ndarray], float], picture: np.ndarray, *, fall: float
) -> tuple[bytes, int, float]:
    """Returns the file, its quality and its score.

    Args:
        predict: From uint8 `(height, width, 3)` to a score, higher is better.
        picture: uint8 `(height, width, 3)`.
        fall: Largest fall of the score, in its own units.

    Raises:
        ValueError: If no quality keeps the score.
    """
    least = predict(picture) - fall
    files = {quality: as_jpeg(picture, quality) for quality in range(1, 101)}
    for quality in sorted(files, key=lambda quality: len(files[quality])):
        score = predict(decode(files[quality]))
        if score >= least:  # Never true of a flat picture, whose score is NaN.
            return files[quality], quality, score
    raise ValueError(f"A larger fall is expected. Received: fall={fall}")


def as_jpeg(picture: np.ndarray, quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "The scorer, a `.keras` file.", required=True)
    flags.DEFINE_float("fall", 1.0, "Largest fall of the score.", lower_bound=0.0)
    app.run(main)
