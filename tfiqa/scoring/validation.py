"""Agreement with the validation images, epoch by epoch."""

import keras
import numpy as np

from tfiqa import metrics
from tfiqa.data.load import Source
from tfiqa.scoring.heldout import assessed
from tfiqa.scoring.scorer import predictor


def srocc_callback(scorer: keras.Model, source: Source) -> keras.callbacks.Callback:
    """Returns the callback that adds `val_srocc`, the SROCC on images, to the log.

    Images that cannot be scored do not count.

    Args:
        scorer: A scorer that shares the weights of the trained model.
        source: Images with scores.
    """
    predict = predictor(scorer)

    def add_srocc(epoch, logs):
        scores = np.array(
            [assessment.score for assessment in assessed(predict, source)]
        )
        scored = np.isfinite(scores)
        logs["val_srocc"] = metrics.srocc(scores[scored], source.scores[scored])

    return keras.callbacks.LambdaCallback(on_epoch_end=add_srocc)
