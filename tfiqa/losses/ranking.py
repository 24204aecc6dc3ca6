"""A loss on the order of versions of a scene that differ in severity."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class LevelRanking(keras.losses.Loss):
    """Trains each version in a list to score higher than all severer versions.

    The loss of a pair of versions of different levels is the amount by which the
    difference of their scores falls short of a margin. Pairs of equal levels, or with a
    level below zero, are ignored. The loss of a list is the mean over its other pairs,
    so that long and short lists have the same weight.

    Args:
        margin: Required difference of the scores of versions one level apart, in the
            units of the scores. It grows with the difference of the levels.
        most: Difference of levels beyond which the required difference is constant. 1
            requires the same difference of all pairs.
        name: See `keras.losses.Loss`.
        reduction: See `keras.losses.Loss`.

    Call arguments:
        y_true: Levels `(lists, versions)`: 0 for the scene itself, rising with
            severity; negative at the end of shorter lists.
        y_pred: Scores `(lists, versions)`, higher is better.

    Reference: Liu et al., "RankIQA: learning from rankings for no-reference image
    quality assessment", ICCV 2017, equation 4; here over all pairs of a list.
    """

    def __init__(self, margin=0.25, most=1.0, name="level_ranking", **kwargs):
        super().__init__(name=name, **kwargs)
        if not margin > 0 or not most >= 1:
            raise ValueError(
                "`margin` must be above 0 and `most` at least 1. "
                f"Received: margin={margin}, most={most}"
            )
        self.margin = float(margin)
        self.most = float(most)

    def call(self, y_true, y_pred):
        return level_ranking(y_true, y_pred, margin=self.margin, most=self.most)

    def get_config(self):
        return {**super().get_config(), "margin": self.margin, "most": self.most}


def level_ranking(levels, scores, margin=0.25, most=1.0):
    """Returns the loss of each list, `(lists,)`, 0 if all pairs keep the margin.

    See `LevelRanking` for the arguments.
    """
    levels = ops.cast(levels, scores.dtype)
    steps = levels[:, None, :] - levels[:, :, None]
    known = (levels >= 0)[:, None, :] & (levels >= 0)[:, :, None]
    ordered = ops.cast(known & (steps > 0), scores.dtype)
    differences = scores[:, :, None] - scores[:, None, :]
    required = margin * ops.minimum(steps, most)
    losses = ops.relu(required - differences) * ordered
    pairs = ops.sum(ordered, axis=(1, 2))
    return ops.sum(losses, axis=(1, 2)) / ops.maximum(pairs, 1.0)
