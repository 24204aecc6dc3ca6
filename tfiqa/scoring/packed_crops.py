"""Crops of many images through a network together, in windows of one size.

`PatchMean` pads the last window of an image. Here, the next image fills it: a window
holds crops of as many images as needed, and their outputs are put together again by
image. The network sees windows of the same size as in `PatchMean`, and the layers after
it one image at a time.

Scores are the same, bit for bit, if the outputs of the network for a crop do not depend
on its position in the window. A product of matrices may compute its last rows in
another order than the first, so `packable` measures this and packs no other network.
"""

import collections
import contextlib
import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from tfiqa import layers
from tfiqa.data.decode import MAX_PIXELS
from tfiqa.data.decode import Decoded
from tfiqa.data.decode import Decoding
from tfiqa.data.decoders import LOCAL
from tfiqa.data.decoders import Decoder
from tfiqa.layers.patches import grid_offsets
from tfiqa.layers.pinned import usual_settings
from tfiqa.pixels.reflection import reflected
from tfiqa.scoring.assessment import Assessment
from tfiqa.scoring.assessment import decoded_ahead
from tfiqa.scoring.assessment import failed
from tfiqa.scoring.assessment import scored
from tfiqa.scoring.assessment import too_small
from tfiqa.scoring.scorer import predictor


def packable(scorer: keras.Model) -> "CropNetwork | None":
    """Returns the parts of a scorer for `assess_packed`; None if packing has no use.

    That is so if it is not a chain of layers after `PatchMean`, if the crops of an
    image fill all of their windows anyway, if its outputs depend on the position in a
    window, or on another backend than TensorFlow.
    """
    crops = scorer.layers[1]
    if (
        keras.backend.backend() != "tensorflow"
        or type(crops) is not layers.PatchMean
        or len(scorer.operations) > len(scorer.layers)  # Not a chain of layers.
        or (crops.coverage == "grid" and crops.grid**2 % crops.window == 0)
    ):
        return None
    network = CropNetwork(scorer)
    return network if network.ignores_positions() else None


def assess_packed(
    readers: Iterable[Callable[[], bytes]],
    network: "CropNetwork",
    *,
    min_side: int = 1,
    ahead: int = 16,
    decoding: Decoding | None = None,
    decoder: Decoder = LOCAL,
) -> Iterator[Assessment]:
    """Yields the assessment of each image, in order; see `assessment.assess`.

    Args:
        readers: See `assess`.
        network: The scorer.
        min_side: See `assess`.
        ahead: See `assess`.
        decoding: See `assess`.
        decoder: See `assess`.
    """
    packing = _Packing(network)
    waiting: collections.deque[_Waiting | Assessment] = collections.deque()
    pixels = 0
    outcomes = decoded_ahead(readers, ahead=ahead, decoding=decoding, decoder=decoder)
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            if not isinstance(outcome, Assessment):
                outcome = too_small(outcome, min_side) or packing.add(outcome)
            waiting.append(outcome)
            if isinstance(outcome, _Waiting):
                pixels += outcome.decoded.pixels.size // 3
            if pixels > MAX_PIXELS:
                packing.flush()
            while waiting and not _is_pending(waiting[0]):
                first = waiting.popleft()
                if isinstance(first, _Waiting):
                    pixels -= first.decoded.pixels.size // 3
                yield packing.assessment(first)
        packing.flush()
        yield from map(packing.assessment, waiting)


@dataclasses.dataclass(eq=False)
class _Waiting:
    """An image whose crops are not all through the network.

    Attributes:
        decoded: The image.
        outputs: Outputs of the network, `(crops, d)`; filled window by window.
        missing: Number of crops without an output.
        error: What the network raised on one of its windows.
    """

    decoded: Decoded
    outputs: np.ndarray
    missing: int
    error: Exception | None = None


def _is_pending(one: _Waiting | Assessment) -> bool:
    return isinstance(one, _Waiting) and one.missing > 0


class CropNetwork:
    """The parts of a scorer before and after the mean over crops; thread-safe.

    Args:
        scorer: A scorer whose first layer is `PatchMean`.

    Attributes:
        layer: Its `PatchMean`.
    """

    def __init__(self, scorer: keras.Model):
        self._scorer = scorer
        self.layer: layers.PatchMean = scorer.layers[1]
        size = self.layer.size
        with usual_settings():
            self._network = _graph(
                lambda crops: ops.cast(
                    self.layer.network(crops, training=False), "float32"
                ),
                (self.layer.window, size, size, 3),
            )
            self._rest = self._rest_of_scorer()

    def offsets(self, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the first rows and the first columns of the crops of an image."""
        rows = columns = self.layer.grid
        if self.layer.coverage == "full":
            rows, columns = (-(-side // self.layer.size) for side in (height, width))
        down = grid_offsets(height, self.layer.size, rows)
        across = grid_offsets(width, self.layer.size, columns)
        return ops.convert_to_numpy(down), ops.convert_to_numpy(across)

    def outputs(self, window: np.ndarray) -> np.ndarray:
        """Returns the outputs of the network for a full window, `(window, d)`."""
        with usual_settings():
            return ops.convert_to_numpy(self._network(window))

    def ignores_positions(self, rotations: int = 8) -> bool:
        """Returns whether crops have the same outputs wherever they are in a window.

        Measured for noise of different contrast.

        Args:
            rotations: Maximum number of rotated windows to compare.
        """
        random = np.random.default_rng(0)
        count, size = self.layer.window, self.layer.size
        noise = random.uniform(-1, 1, (count, size, size, 3))
        contrast = random.uniform(8, 127, (count, 1, 1, 3))
        window = np.round(128 + contrast * noise).astype(np.float32)
        expected = self.outputs(window)
        return all(
            np.array_equal(
                self.outputs(np.roll(window, shift, axis=0)),
                np.roll(expected, shift, axis=0),
            )
            for shift in range(1, min(count, rotations + 1))
        )

    def score(self, outputs: np.ndarray, image: np.ndarray) -> float:
        """Returns the score of an image.

        Args:
            outputs: Outputs of the network for its crops, `(crops, d)`.
            image: uint8 `(height, width, 3)`.
        """
        with usual_settings():
            return float(ops.convert_to_numpy(self._rest(outputs, image[None]))[0, 0])

    def score_alone(self, image: np.ndarray) -> float:
        """Returns the score of an image whose crops share no window."""
        return predictor(self._scorer)(image)

    def _rest_of_scorer(self) -> Callable:
        """Returns the function from the crops' outputs and the image to the score."""
        features = keras.Input((self.layer.output.shape[-1],), name="crop_mean")
        images = keras.Input((None, None, 3), dtype="uint8", name="images")
        quality = features
        for layer in self._scorer.layers[2:-1]:
            quality = layer(quality)
        score = self._scorer.layers[-1](quality, images)
        rest = keras.Model([features, images], score)

        def call(outputs, images):
            values = ops.reshape(outputs, (1, -1, outputs.shape[-1]))
            return rest([ops.mean(values, axis=1), images], training=False)

        return _graph(call, (None, features.shape[-1]), (1, None, None, 3))


class _Packing:
    """Fills windows with the crops of images, and computes those that are full."""

    def __init__(self, network: CropNetwork):
        self._network = network
        self._size = network.layer.size
        shape = (network.layer.window, self._size, self._size, 3)
        self._pixels = np.zeros(shape, np.float32)
        self._owners: list[tuple[_Waiting, int]] = []

    def add(self, decoded: Decoded) -> _Waiting:
        """Cuts the crops of an image; windows that they fill are computed."""
        image = decoded.pixels
        tops, lefts = self._network.offsets(*image.shape[:2])
        count = len(tops) * len(lefts)
        depth = self._network.layer.network.output_shape[-1]
        one = _Waiting(decoded, np.zeros((count, depth), np.float32), count)
        steps = np.arange(self._size)
        down = [reflected(top + steps, image.shape[0], np) for top in tops]
        across = [reflected(left + steps, image.shape[1], np) for left in lefts]
        for number in range(count):
            row, column = divmod(number, len(lefts))
            self._pixels[len(self._owners)] = image[down[row]][:, across[column]]
            self._owners.append((one, number))
            if len(self._owners) == len(self._pixels):
                self.flush()
        return one

    def flush(self) -> None:
        """Computes the crops that wait; the last of them is repeated to fill up."""
        if not self._owners:
            return
        owners, self._owners = self._owners, []
        self._pixels[len(owners) :] = self._pixels[len(owners) - 1]
        outputs, error = None, None
        try:
            outputs = self._network.outputs(self._pixels)
        except Exception as caught:  # It may need too much memory.
            error = caught
        for position, (one, number) in enumerate(owners):
            one.missing -= 1
            one.error = one.error or error
            if outputs is not None:
                one.outputs[number] = outputs[position]

    def assessment(self, one: _Waiting | Assessment) -> Assessment:
        """Returns the assessment of an image without missing crops."""
        if isinstance(one, Assessment):
            return one
        image = one.decoded.pixels
        try:
            if one.error is None:
                score = self._network.score(one.outputs, image)
            else:  # Another image of the window may be at fault.
                score = self._network.score_alone(image)
        except Exception as error:
            return failed(one.decoded, error)
        return scored(one.decoded, score)


def _graph(function: Callable, *shapes: tuple[int | None, ...]) -> Callable:
    import tensorflow as tf  # Not at the top: other backends do not need it.

    kinds = (tf.float32, tf.uint8)
    return tf.function(
        function,
        input_signature=[tf.TensorSpec(*one) for one in zip(shapes, kinds)],  # noqa: B905
        autograph=False,
    )
