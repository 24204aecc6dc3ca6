"""MUSIQ: a transformer on the patches of an image at multiple scales."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras

from tfiqa import __version__
from tfiqa import layers
from tfiqa.layers.mos import MIN_SIDE
from tfiqa.models.functional import FunctionalModel
from tfiqa.models.musiq_network import GROUPS
from tfiqa.models.musiq_network import build_network


@keras.saving.register_keras_serializable(package="tfiqa")
class MUSIQ(FunctionalModel):
    """Predicts the quality of images of any size and aspect ratio.

    It is an ordinary Keras model: compile it with a regression loss (the paper uses
    `"mean_absolute_error"` for scores), fit it to batches of images of equal size and
    their scores, save it. `scorer` turns it into a scorer, which shares its weights.

    All pixels are read, so time and memory grow with their number. The time of
    attention grows with its square; its memory is bounded, since it works in windows.

    Args:
        sides: Lengths of the longer side of the resized versions of an image, which are
            read beside the image itself; `()` for the image alone.
        grid: Number of positions along each side to which patches are mapped.
        channels: Channels of the first convolution, a multiple of 32.
        length: Length of a token.
        depth: Number of blocks of the transformer.
        heads: Number of attention heads; divides `length`.
        hidden: Hidden units of each block.
        dropout: Share of the units that training drops.
        outputs: 1 for a quality; more for a distribution of grades from 1, whose mean
            is the quality, as for AVA.

    Input:
        float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, any size.

    Output:
        `(batch, 1)`, the quality in the units of the training scores.

    Raises:
        ValueError: If an argument is not allowed; names it.

    Example:
        >>> model = MUSIQ(sides=(64,), channels=32, length=96, depth=2, hidden=192)
        >>> model.compile("adam", "mean_absolute_error")
        >>> model.fit(images, mos, batch_size=8)
        >>> scorer = model.scorer(mos_range=(0, 100))

    Reference:
        Ke et al., "MUSIQ: Multi-scale Image Quality Transformer", ICCV 2021.
    """

    def __init__(
        self,
        *,
        sides: Sequence[int] = (224, 384),
        grid: int = 10,
        channels: int = 64,
        length: int = 384,
        depth: int = 14,
        heads: int = 6,
        hidden: int = 1152,
        dropout: float = 0.0,
        outputs: int = 1,
        name: str = "musiq_trainee",
        **kwargs,
    ):
        arguments = {
            "sides": tuple(sides),
            "grid": grid,
            "channels": channels,
            "length": length,
            "depth": depth,
            "heads": heads,
            "hidden": hidden,
            "dropout": dropout,
            "outputs": outputs,
        }
        _check(arguments)
        network = build_network(**arguments)
        # Full precision under any policy, because losses are computed from it.
        quality = keras.layers.Identity(dtype=keras.config.floatx(), name="quality")(
            network.output
        )
        super().__init__(network.input, quality, arguments, name=name, **kwargs)

    @property
    def network(self) -> keras.Model:
        """The model from images to qualities; it shares all weights with this one."""
        return keras.Model(self.input, self.get_layer("quality").input, name="musiq")

    def scorer(
        self,
        *,
        mos_range: tuple[float, float],
        scale: float = 1.0,
        offset: float = 0.0,
        dataset: str = "",
        unit: str = "MOS",
    ) -> keras.Model:
        """Returns the scorer of this model; it shares the weights.

        It maps float32 `(batch, height, width, 3)`, RGB in `[0, 255]`, of any size to
        scores `(batch, 1)`, higher is better; `tfiqa.load_scorer` reads its file.

        Args:
            mos_range: The worst and the best possible score.
            scale: Factor from the units of training to those of the scores.
            offset: Added after the factor.
            dataset: Name of the training set, for the metadata.
            unit: Unit of the scores, for the metadata.
        """
        metadata = {
            "method": "musiq",
            "min_side": MIN_SIDE,
            "dataset": dataset,
            "mos_range": [float(end) for end in mos_range],
            "unit": unit,
            "version": __version__,
        }
        return build_scorer(self.network, scale=scale, offset=offset, metadata=metadata)


def build_scorer(
    network: keras.Model, *, scale: float, offset: float, metadata: dict[str, Any]
) -> keras.Model:
    """Returns the scorer of `MUSIQ.network`, sharing its weights.

    Args:
        network: Model from images to qualities.
        scale: Factor from the network's units to MOS units.
        offset: Added after the factor.
        metadata: See `layers.MOS`.
    """
    mos = layers.MOS(scale, offset, metadata)(network.output, network.input)
    return layers.Scorer(network.input, mos, name="musiq_scorer")


def _check(arguments: Mapping[str, Any]) -> None:
    for name in ("grid", "depth", "heads", "hidden", "outputs"):
        if arguments[name] < 1:
            raise ValueError(
                f"`{name}` must be at least 1. Received: {name}={arguments[name]}"
            )
    channels, length = arguments["channels"], arguments["length"]
    if channels < 1 or channels % GROUPS:
        raise ValueError(
            f"`channels` must be a multiple of {GROUPS}. Received: channels={channels}"
        )
    if length < 1 or length % arguments["heads"]:
        raise ValueError(
            "`heads` must divide `length`. "
            f"Received: heads={arguments['heads']}, length={length}"
        )
