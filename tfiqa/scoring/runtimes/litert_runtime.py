"""Scorers in LiteRT: the preset `photo`, and `.tflite` files."""

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tfiqa.pixels.flatness import is_flat
from tfiqa.scoring.runtimes import head
from tfiqa.scoring.runtimes import light_file
from tfiqa.scoring.runtimes import tiles
from tfiqa.scoring.runtimes.base import Ends
from tfiqa.scoring.runtimes.base import Runtime
from tfiqa.scoring.runtimes.base import interpolated_interval
from tfiqa.scoring.runtimes.base import no_intervals
from tfiqa.scoring.runtimes.interpreters import Interpreters
from tfiqa.scoring.runtimes.interpreters import interpreter_class
from tfiqa.scoring.runtimes.packaged_trunk import PackagedTrunk


class LiteRTPreset(Runtime):
    """Scores with a preset whose trunk comes from a separate package.

    Args:
        scorer: Its `.keras` file, with the light file beside it.

    Raises:
        RuntimeUnavailableError: If the two files do not belong together, or LiteRT is
            not installed.
        ValueError: If the package of the trunk is missing or altered.
    """

    name = "litert"

    def __init__(self, scorer: Path):
        light = light_file.read(scorer)
        options = dict(light.layers)
        marker = options["PackagedTrunk"]
        self.metadata = marker["mos"]["metadata"]
        self._mos: dict[str, Any] = marker["mos"]
        self._statistics: dict[str, Any] = marker["statistics"]
        self._calibration = options.get("Calibration")
        self._trunk = PackagedTrunk(light)
        self._head = head.compiled(light.layers, light.weights)

    def predict(self, image: np.ndarray) -> float:
        """See `Runtime.predict`."""
        if is_flat(image):
            return math.nan
        side, smallest = self._statistics["side"], self._statistics["smallest"]
        parts = tiles.tiles(image, side, smallest)
        quality = np.float32(self._head(tiles.features(parts, self._trunk)))
        scale, offset = np.float32(self._mos["scale"]), np.float32(self._mos["offset"])
        return float(quality * scale + offset)

    @property
    def is_calibrated(self) -> bool:
        """See `Runtime.is_calibrated`."""
        return "calibration" in self.metadata

    def interval(self, scores: ArrayLike) -> Ends:
        """See `Runtime.interval`."""
        if self._calibration is None:
            raise no_intervals(self.metadata["method"])
        known = self._calibration
        return interpolated_interval(scores, known["knots"], known["widths"])


class LiteRTFile(Runtime):
    """Scores with a file of `tfiqa.export.tflite`.

    Args:
        path: A `.tflite` file.

    Raises:
        FileNotFoundError: If the file does not exist.
        RuntimeUnavailableError: If LiteRT is not installed.
        ValueError: If the file is not an exported scorer.
    """

    name = "litert"

    def __init__(self, path: Path):
        if not path.is_file():
            raise FileNotFoundError(
                f"{_EXPECTED} Received: {path}, which does not exist"
            )
        self.metadata = _embedded(path)
        self._interpreters = Interpreters(path.read_bytes(), "serving_default")
        interpreter_class()  # Says so if LiteRT is missing.
        try:  # A broken file fails here, not image by image.
            with self._interpreters.one() as held:
                self._input = held.run.get_input_details()["images"]
                self._output = held.run.get_output_details()["mos"]
        except (ValueError, KeyError, RuntimeError) as error:
            reason = str(error).strip().partition("\n")[0]
            raise ValueError(f"{_EXPECTED} LiteRT says: {reason}") from error

    def predict(self, image: np.ndarray) -> float:
        """See `Runtime.predict`."""
        height, width = self._input["shape_signature"][1:3]
        if height > 0 and image.shape[:2] != (height, width):
            raise ValueError(
                f"An image of {width} x {height} pixels is expected. "
                f"Received: {image.shape[1]} x {image.shape[0]}"
            )
        if is_flat(image):  # Integer files have no NaN.
            return math.nan
        images = image[None]
        if self._input["dtype"] is not np.uint8:
            images = images.astype(np.float32) / np.float32(255)
        mos = float(self._interpreters.run(images=images)["mos"].ravel()[0])
        scale, zero = self._output["quantization"]
        return (mos - zero) * scale if scale else mos

    @property
    def is_calibrated(self) -> bool:
        """See `Runtime.is_calibrated`."""
        return "calibration" in self.metadata

    def interval(self, scores: ArrayLike) -> Ends:
        """See `Runtime.interval`."""
        known = self.metadata.get("intervals")
        if known is None:
            raise no_intervals(self.metadata["method"])
        return interpolated_interval(scores, known["knots"], known["widths"])

    def covered_share(self, height: int, width: int) -> float:
        """See `Runtime.covered_share`."""
        return tiles.share_of_crops(self.metadata, height, width)


_EXPECTED = "A `.tflite` file that `tfiqa.export.tflite` wrote is expected."


def _embedded(path: Path) -> dict[str, Any]:
    """Returns the metadata in an exported file."""
    try:
        with zipfile.ZipFile(path) as archive:
            facts = json.loads(archive.read("metadata.json"))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ValueError(f"{_EXPECTED} Received: {path}") from error
    if isinstance(facts, dict) and facts.get("kind") == "encoder":
        raise ValueError(f"A scorer is expected. Received: {path}, an encoder")
    if isinstance(facts, dict) and facts.get("inputs", ["images"]) != ["images"]:
        raise ValueError(
            "A scorer of single images is expected. "
            f"Received: {path}, which compares them with references"
        )
    if not isinstance(facts, dict) or "method" not in facts:
        raise ValueError(f"{_EXPECTED} Received: {path}, which names no method")
    return facts
