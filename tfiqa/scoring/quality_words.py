"""Five words for scores from 0 to 100."""

import math

# Lowest score of each word: fifths of the scale, as the five grades of ITU-R BT.500
# divide the rating scale.
WORDS = {"bad": 0.0, "poor": 20.0, "fair": 40.0, "good": 60.0, "excellent": 80.0}


def word(score: float) -> str:
    """Returns the word for a score from 0 to 100; `""` for NaN.

    Example:
        >>> word(40.0), word(39.9)
        ('fair', 'poor')

    Raises:
        ValueError: If the score is not from 0 to 100.
    """
    if math.isnan(score):
        return ""
    if not 0 <= score <= 100:
        raise ValueError(f"A score from 0 to 100 is expected. Received: {score}")
    return [name for name, lowest in WORDS.items() if score >= lowest][-1]
