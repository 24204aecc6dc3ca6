"""Agreement of two views without negatives."""

from keras import ops

from tfiqa.losses.single_precision import at_least_single


def simsiam(features, predictions):
    """Returns the disagreement of predictions with the other view, a scalar.

    It is the mean of `-cos(prediction of one view, feature of the other)` over images
    and both directions; -1 is best. The features are targets: no gradient flows through
    them.

    Args:
        features: `(images, 2, d)`, of two views of each image.
        predictions: `(images, 2, d)`, predicted from each by a small network.

    Reference: Chen and He, "Exploring Simple Siamese Representation Learning",
    CVPR 2021, algorithm 1.
    """
    features, predictions = at_least_single(features, predictions)
    targets = _unit(ops.stop_gradient(ops.flip(features, axis=1)))
    return -ops.mean(ops.sum(_unit(predictions) * targets, axis=-1))


def _unit(vectors):
    lengths = ops.sqrt(ops.sum(ops.square(vectors), axis=-1, keepdims=True))
    return vectors / ops.maximum(lengths, 1e-8)
