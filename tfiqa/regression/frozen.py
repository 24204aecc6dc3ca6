"""Scorers from frozen encoders: a linear regression on their features."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from tfiqa import layers
from tfiqa import regression
from tfiqa import trainers
from tfiqa.data.load import Source
from tfiqa.data.ops import decode_example
from tfiqa.data.subsets import contents as contents_of
from tfiqa.regression import LinearMap


def regress(
    read: Callable[[Any], np.ndarray],
    labeled: tuple[Source, Source],
    run: trainers.Run,
    *,
    alphas: Sequence[float],
    repeats: int = 0,
    l1_ratio: float = 0.0,
    standardized: bool = False,
) -> LinearMap:
    """Returns the regression of scores on features, fitted to both parts.

    The strength alpha is chosen by the median validation SROCC over divisions of the
    images by content, or without divisions by the SROCC on the validation part. The
    figures are printed, and kept as `regression` in the report of the run.

    Args:
        read: Function from an example with a decoded image to its features `(d,)`.
        labeled: Parts for training and validation.
        run: The run in whose folder features are cached; see `trainers.extract`.
        alphas: Candidate strengths.
        repeats: Number of divisions by content. 0, or fewer than 3 contents, for none.
        l1_ratio: Above 0 for an elastic net; see `regression.fit`.
        standardized: See `regression.fit`.
    """
    features = [
        trainers.extract(read, examples_from(source), source.count, run=run, name=name)
        for name, source in zip(("train", "validation"), labeled, strict=True)
    ]
    scores = [source.scores for source in labeled]
    options: dict[str, Any] = {"standardized": standardized, "l1_ratio": l1_ratio}
    known = np.concatenate(features), np.concatenate(scores)
    kind = "elastic net" if l1_ratio else "ridge"
    contents = np.concatenate([contents_of(source) for source in labeled])
    if repeats and len(np.unique(contents)) >= 3:
        repeated = regression.repeated(
            *known, contents, alphas=alphas, repeats=repeats, **options
        )
        alpha = repeated.alpha
        figures = {**repeated.summary(), "of": share_of(labeled)}
        run.say(
            f"{kind}: alpha {alpha:.3g}; medians over {repeats} divisions by content "
            f"of {figures['of']}: SROCC {figures['srocc_median']:.3f}, "
            f"PLCC {figures['plcc_median']:.3f}"
        )
    else:
        (first, second), (mos, other_mos) = features, scores
        alpha, srocc = regression.choose_alpha(
            *(first, mos, second, other_mos, alphas), **options
        )
        figures = {"validation_srocc": srocc}
        run.say(f"{kind}: alpha {alpha:.3g}, validation SROCC {srocc:.3f}")
    run.report["regression"] = {"alpha": alpha, **figures}
    return regression.fit(*known, alpha, **options)


def share_of(labeled: Sequence[Source]) -> str:
    """Returns how many images these are, and what share of their dataset."""
    count, total = sum(source.count for source in labeled), labeled[0].total
    share = "" if total is None else f" ({count / total:.0%} of {labeled[0].name})"
    return f"{count:,} images{share}"


def build_scorer(
    encoder: keras.Model,
    linear: LinearMap,
    metadata: dict[str, Any],
    *,
    name: str,
    regression: str = "ridge",
) -> keras.Model:
    """Returns the scorer: the encoder and the regression as a dense layer.

    Args:
        encoder: Model from images of any size to features `(batch, d)`.
        linear: From its features to MOS.
        metadata: See `layers.MOS`.
        name: Name of the scorer.
        regression: Name of the dense layer.
    """
    quality = dense(linear, name=regression)(encoder.output)
    mos = layers.MOS(metadata=metadata)(quality, encoder.input)
    return layers.Scorer(encoder.input, mos, name=name)


def dense(linear: LinearMap, *, name: str = "ridge") -> keras.layers.Dense:
    """Returns the regression as a layer, named `ridge` whatever its penalty was."""
    quality = keras.layers.Dense(1, name=name)
    quality.build((None, len(linear.weights)))
    quality.set_weights([linear.weights[:, None], np.array([linear.bias])])
    return quality


def examples_from(source: Source) -> Callable[[int], Iterator[Any]]:
    """Returns a function from an index to the examples from that index on."""
    return lambda first: (
        source.examples.skip(first).map(decode_example).as_numpy_iterator()
    )
