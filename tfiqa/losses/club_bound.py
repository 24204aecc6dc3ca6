"""Mutual information of features and content, bounded by a learned likelihood.

From the features `z` of an image, a network q predicts a Gaussian for its content `y`:
a mean and a log-variance for each of `k` values. With

    Q(i, j) = sum over k of (y_i - mean(z_j))^2 / variance(z_j)

means over pairs (i, j) include i = j. They are computed from means over images alone,
without a tensor `(n, n, k)`.

Reference: Cheng et al., "CLUB: A Contrastive Log-ratio Upper Bound of Mutual
Information", ICML 2020; the contrastive likelihood is of "No Reference Opinion Unaware
Quality Assessment of Authentically Distorted Images", WACV 2023.
"""

import math

from keras import ops

from tfiqa.losses.single_precision import at_least_single


def club(content, mean, log_variance):
    """Returns twice CLUB's upper bound of the mutual information, a scalar.

    It is the mean of Q(i, j) over all pairs minus the mean over the pairs (i, i).

    Args:
        content: `(n, k)`.
        mean: `(n, k)`, the prediction of q from the features of the same rows.
        log_variance: `(n, k)`.
    """
    content, mean, log_variance = at_least_single(content, mean, log_variance)
    all_pairs = _mean_over_pairs(content, mean, log_variance)
    return all_pairs - _mean_over_own(content, mean, log_variance)


def club_limit(content, *, least_log_variance=-1.0):
    """Returns the value of `club` if q predicts the content exactly, a scalar.

    That is twice the variance of the content, summed over its values, over the least
    variance. Only means that exaggerate the content lead to more.

    Args:
        content: `(n, k)`.
        least_log_variance: The least log-variance that q can predict.
    """
    (content,) = at_least_single(content)
    variance = ops.mean(ops.square(content - ops.mean(content, axis=0)), axis=0)
    return 2.0 * math.exp(-least_log_variance) * ops.sum(variance)


def contrastive_likelihood(content, mean, log_variance):
    """Returns the loss with which q learns to separate own pairs from all, a scalar.

    It is `-club(...)`: q minimizes what the features maximize.
    """
    return -club(content, mean, log_variance)


def log_likelihood(content, mean, log_variance):
    """Returns -2 times the mean log-likelihood of q, without its constant.

    The original CLUB trains q with this loss.
    """
    content, mean, log_variance = at_least_single(content, mean, log_variance)
    own = _mean_over_own(content, mean, log_variance)
    return own + ops.mean(ops.sum(log_variance, axis=1))


def _mean_over_own(content, mean, log_variance):
    squares = ops.square(content - mean) * ops.exp(-log_variance)
    return ops.mean(ops.sum(squares, axis=1))


def _mean_over_pairs(content, mean, log_variance):
    """Returns the mean of Q(i, j) over all pairs, with the square expanded.

    Both sides are first centered on the mean content, so that the mixed terms vanish.
    """
    center = ops.mean(content, axis=0)
    content, mean = content - center, mean - center
    weight = ops.exp(-log_variance)
    spread = ops.mean(ops.square(content), axis=0) * ops.mean(weight, axis=0)
    return ops.sum(spread + ops.mean(ops.square(mean) * weight, axis=0))
