"""The order of the versions of a scene, by how severely they are distorted."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfiqa")
class LevelRanking(keras.losses.Loss):
    """Asks each version of a list to score higher than every severer one.

    A pair of versions of different levels costs what its scores lack of a margin; a
    pair of equal levels, or with a level below zero, costs nothing. The cost of a list
    is the mean over its pairs that can cost, so that long lists weigh as short ones.

    Args:
        margin: Wanted difference of the scores of two versions a level apart, in the
            units of the scores.
        most: Levels beyond which the wanted difference grows no more. 1 asks for the
            same margin of all pairs.
        name: See `keras.losses.Loss`.
        reduction: See `keras.losses.Loss`.

    Call arguments:
        y_true: Levels `(lists, versions)`: 0 for the scene itself, rising with
            severity; negative where a list is shorter and there is no version.
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
    """Returns the cost of each list, `(lists,)`, 0 where all pairs keep the margin.

    See `LevelRanking` for the arguments.
    """
    levels = ops.cast(levels, scores.dtype)
    steps = levels[:, None, :] - levels[:, :, None]
    known = (levels >= 0)[:, None, :] & (levels >= 0)[:, :, None]
    ordered = ops.cast(known & (steps > 0), scores.dtype)
    falls = scores[:, :, None] - scores[:, None, :]
    wanted = margin * ops.minimum(steps, most)
    costs = ops.relu(wanted - falls) * ordered
    pairs = ops.sum(ordered, axis=(1, 2))
    return ops.sum(costs, axis=(1, 2)) / ops.maximum(pairs, 1.0)
