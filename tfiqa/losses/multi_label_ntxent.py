"""Multi-label NT-Xent: a contrastive loss whose positives share members of sets."""

import keras
from keras import ops

from tfiqa.losses.supervised_ntxent import SupervisedNTXent


@keras.saving.register_keras_serializable(package="tfiqa")
class MultiLabelNTXent(SupervisedNTXent):
    """Pulls embeddings together as much as their sets of classes share.

    The overlap of two rows is that of their sets, the number of common members divided
    by the number of members of either: `w_ip = |A_i & A_p| / |A_i | A_p|`. With the
    cosine similarities `s`, the loss of row `i` is

        log(sum_{m != i} exp(s_im / temperature))
            - sum_{p != i} w_ip s_ip / temperature / sum_{p != i} w_ip

    A row that shares nothing with any other has the loss 0. For sets of one member this
    is `SupervisedNTXent`, of which memory and gradients are the same.

    Args:
        temperature: Divides the similarities.
        block: Rows of similarities held at once.
        reduction: See `keras.losses.Loss`; by default the mean over rows.
        name: See `keras.losses.Loss`.

    Call arguments:
        y_true: Sets of integer classes from 0 to 2^24 - 1, `(rows, n)`, without
            repetition; sets with fewer than `n` members are filled with -1. Other
            values raise an error in eager execution; in graphs they are not checked.
        y_pred: Embeddings, `(rows, d)`, of any length; computed in at least single
            precision.

    Example:
        >>> sets = np.array([[3, 70], [3, -1], [125, -1]])
        >>> embeddings = np.eye(3, dtype="float32")
        >>> loss = tfiqa.losses.MultiLabelNTXent()(sets, embeddings)
    """

    least = -1

    def __init__(
        self,
        temperature=0.1,
        block=128,
        reduction: str | None = "sum_over_batch_size",
        name="multi_label_ntxent",
    ):
        super().__init__(temperature, block, reduction, name)

    def classes_of(self, y_true):
        return y_true

    @staticmethod
    def overlap(some, every):
        is_member = ops.cast(every >= 0, "float32")
        is_common = ops.logical_and(
            ops.equal(some[:, None, :, None], every[None, :, None, :]),
            every[None, :, None, :] >= 0,
        )
        common = ops.sum(ops.cast(is_common, "float32"), axis=(2, 3))
        counts = ops.sum(ops.cast(some >= 0, "float32"), axis=1)[:, None]
        either = counts + ops.sum(is_member, axis=1) - common
        return common / ops.maximum(either, 1.0)
