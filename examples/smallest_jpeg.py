"""Writes the smallest JPEG of an image whose score falls by at most `--fall`.

python examples/smallest_jpeg.py --model SCORER --fall 2 photo.png small.jpg

The image is encoded in all qualities, which is quick. Files are scored from the
smallest up until one is good enough, since scores need not rise with the quality.
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
        raise app.UsageError("Two images are expected, one to read, one to write.")
    try:
        with open(argv[1], "rb") as file:
            image = decode(file.read())
        predict = predictor(tfiqa.load_scorer(flags.FLAGS.model))
        encoded, quality, score = smallest(predict, image, fall=flags.FLAGS.fall)
    except (OSError, ValueError) as error:
        sys.exit(f"{argv[1]} is not encoded. {error}")
    with open(argv[2], "wb") as file:
        file.write(encoded)
    print(
        f"quality {quality}, {len(encoded):,} bytes, score {score:.2f} "
        f"(without compression {predict(image):.2f})"
    )


def smallest(
    predict: Callable[[np.ndarray], float], image: np.ndarray, *, fall: float
) -> tuple[bytes, int, float]:
    """Returns the encoded file, its JPEG quality and its score.

    Args:
        predict: From uint8 `(height, width, 3)` to a score, higher is better.
        image: uint8 `(height, width, 3)`.
        fall: How far the score may fall, in units of the MOS.

    Raises:
        ValueError: If the score falls too far at every quality.
    """
    lowest = predict(image) - fall
    files = {quality: as_jpeg(image, quality) for quality in range(1, 101)}
    for quality in sorted(files, key=lambda quality: len(files[quality])):
        score = predict(decode(files[quality]))
        if score >= lowest:  # Never true for a flat image, whose score is NaN.
            return files[quality], quality, score
    raise ValueError(f"A larger fall is expected. Received: fall={fall}")


def as_jpeg(image: np.ndarray, quality: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality, optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    flags.DEFINE_string("model", None, "The scorer, a `.keras` file.", required=True)
    flags.DEFINE_float("fall", 1.0, "Largest fall of the score.", lower_bound=0.0)
    app.run(main)
