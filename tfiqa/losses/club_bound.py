"""Mutual information of features and content, bounded by a learned likelihood.

A network q tells from the features `z` of a picture a Gaussian for its content `y`, a
mean and a log-variance for each of `k` values. With

    Q(i, j) = sum over k of (y_i - mean(z_j))^2 / variance(z_j)

means over pairs (i, j) include i = j. They are computed from means over pictures
alone, without a tensor `(n, n, k)`.

Reference: Cheng et al., "CLUB: A Contrastive Log-ratio Upper Bound of Mutual
Information", ICML 2020; the contrastive likelihood is of "No Reference Opinion Unaware
Quality Assessment of Authentically Distorted Images", WACV 2023.
"""

from keras import ops


def club(content, mean, log_variance):
    """Returns twice CLUB's upper bound of the mutual information, a scalar.

    It is the mean of Q(i, j) over all pairs less that over the pairs (i, i).

    Args:
        content: `(n, k)`.
        mean: `(n, k)`, what q expects from the features of the same rows.
        log_variance: `(n, k)`.
    """
    all_pairs = _mean_over_pairs(content, mean, log_variance)
    return all_pairs - _mean_over_own(content, mean, log_variance)


def contrastive_likelihood(content, mean, log_variance):
    """Returns what q minimises to tell own pairs from all pairs, a scalar.

    It is `-club(...)`: what q gains where it finds the content in the features is what
    the features lose where they do not hide it.
    """
    return -club(content, mean, log_variance)


def log_likelihood(content, mean, log_variance):
    """Returns -2 times the mean log-likelihood of q, without its constant.

    What q minimises in CLUB itself.
    """
    own = _mean_over_own(content, mean, log_variance)
    return own + ops.mean(ops.sum(log_variance, axis=1))


def _mean_over_own(content, mean, log_variance):
    squares = ops.square(content - mean) * ops.exp(-log_variance)
    return ops.mean(ops.sum(squares, axis=1))


def _mean_over_pairs(content, mean, log_variance):
    """Returns the mean of Q(i, j) over all pairs, its square multiplied out.

    Both sides are taken relative to the mean content first, so that the mixed terms
    vanish.
    """
    middle = ops.mean(content, axis=0)
    content, mean = content - middle, mean - middle
    weight = ops.exp(-log_variance)
    spread = ops.mean(ops.square(content), axis=0) * ops.mean(weight, axis=0)
    return ops.sum(spread + ops.mean(ops.square(mean) * weight, axis=0))
