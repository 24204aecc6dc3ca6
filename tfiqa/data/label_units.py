"""Units in which networks learn scores."""

from tfiqa.data.load import Source

LABELS = ("percent", "raw", "standardized")


def label_units(labels: str, source: Source) -> tuple[float, float]:
    """Returns `scale` and `offset`: a network learns `(mos - offset) / scale`.

    Args:
        labels: `"percent"` for the MOS scaled to 0..100, `"raw"` for the published one,
            `"standardized"` for its z-score.
        source: The images to learn from.
    """
    if labels == "raw":
        return 1.0, 0.0
    if labels == "standardized":
        return float(source.scores.std()), float(source.scores.mean())
    worst, best = source.description()["mos_range"]
    return (best - worst) / 100.0, worst
