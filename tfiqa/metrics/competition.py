"""gMAD: two scorers search for each other's mistakes among unlabeled images.

One scorer defends, the other attacks: among pairs of images that the defender scores
equally, up to a bound, the attacker picks the pair that it finds most different. Then
they swap roles. A scorer wins if its "equal" pairs look equal to people;
`figures.gmad` draws the pairs for them.

Reference: Ma et al., "Group maximum differentiation competition: model comparison with
few samples", TPAMI 2020.
"""

import dataclasses
from collections import deque

import numpy as np
from numpy.typing import ArrayLike

from tfiqa import metrics

LEVELS = 6
# Share of the standard deviation of the defender's scores.
BOUND = 0.1


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two images that the defender calls equal and the attacker does not.

    Attributes:
        level: Level of the defender's scores, from 0, the worst.
        best: Row of the image that the attacker scores highest.
        worst: Row of the image that the attacker scores lowest.
        defended: The defender's scores of best and worst.
        attacked: The attacker's scores of best and worst.
        gap: Difference of the attacker's scores, in standard deviations of its scores
            over the pool.
        defended_gap: Absolute difference of the defender's scores, in standard
            deviations of its scores over the pool; at most the bound.
    """

    level: int
    best: int
    worst: int
    defended: tuple[float, float]
    attacked: tuple[float, float]
    gap: float
    defended_gap: float


@dataclasses.dataclass(frozen=True)
class Competition:
    """Pairs of both roles, from the worst level to the best.

    Attributes:
        first_defends: Pairs that the first scorer calls equal and the second does not.
        second_defends: Pairs with the roles swapped.
        scored: Number of images with both scores.
        missing: Number of images without both scores, which are skipped.
        bounds: Largest differences of scores that the first and the second scorer call
            equal, in their units.
    """

    first_defends: tuple[Pair, ...]
    second_defends: tuple[Pair, ...]
    scored: int
    missing: int
    bounds: tuple[float, float]


def gmad(
    first: ArrayLike,
    second: ArrayLike,
    *,
    levels: int = LEVELS,
    bounds: tuple[float | None, float | None] = (None, None),
) -> Competition:
    """Returns the pairs that two scorers choose against each other.

    An image whose level has no other within the bound is paired with itself; this gap
    is 0.

    Args:
        first: Scores of the first scorer, `(n,)`, higher is better, NaN where missing.
        second: Scores of the second scorer on the same images, in any unit.
        levels: Number of levels of equal size into which the pool is divided.
        bounds: Largest differences of scores that the first and the second scorer call
            equal, in their units. `None` is a tenth of the standard deviation of the
            scores.

    Raises:
        ValueError: If there are fewer than two images per level, or a bound is
            negative or not finite.
    """
    (a, b), kept, missing = metrics.complete(first=first, second=second)
    if levels < 1 or len(a) < 2 * levels:
        raise ValueError(
            "At least two images per level, and at least one level, are expected. "
            f"Received: {len(a)} scored by both, levels={levels}"
        )
    rows = np.flatnonzero(kept)
    bound_a, bound_b = (
        _bound(scores, bound) for scores, bound in zip((a, b), bounds, strict=True)
    )
    return Competition(
        first_defends=_pairs(a, b, rows, levels, bound_a),
        second_defends=_pairs(b, a, rows, levels, bound_b),
        scored=len(a),
        missing=missing,
        bounds=(bound_a, bound_b),
    )


def _bound(scores, bound: float | None) -> float:
    if bound is None:
        return BOUND * float(np.std(scores))
    if not 0 <= bound < np.inf:
        raise ValueError(
            "`bounds` must be `None` or at least 0, and finite. "
            f"Received: a bound of {bound}"
        )
    return float(bound)


def _pairs(defender, attacker, rows, levels, bound) -> tuple[Pair, ...]:
    deviations = [float(np.std(scores)) or 1.0 for scores in (defender, attacker)]
    pairs = []
    order = np.argsort(defender, kind="stable")
    for level, members in enumerate(np.array_split(order, levels)):
        best, worst = _most_different(members, defender, attacker, bound)
        defended = float(defender[best]), float(defender[worst])
        attacked = float(attacker[best]), float(attacker[worst])
        pair = Pair(
            level=level,
            best=int(rows[best]),
            worst=int(rows[worst]),
            defended=defended,
            attacked=attacked,
            gap=(attacked[0] - attacked[1]) / deviations[1],
            defended_gap=abs(defended[0] - defended[1]) / deviations[0],
        )
        pairs.append(pair)
    return tuple(pairs)


def _most_different(members, defender, attacker, bound: float) -> tuple[int, int]:
    """Returns the best and the worst image of the pair with the largest gap.

    A window over the sorted scores of the defender holds all images within the bound
    of the last one; two queues keep its highest and lowest scores of the attacker.

    Args:
        members: Indices of images, by increasing score of the defender.
        defender: Scores of the defender.
        attacker: Scores of the attacker.
        bound: Largest difference of the defender's scores within the pair.
    """
    highest, lowest = deque(), deque()
    negated = -attacker
    gap, pair = -1.0, (members[0], members[0])
    for member in members:
        _append(highest, member, attacker)
        _append(lowest, member, negated)
        for queue in (highest, lowest):
            while defender[member] - defender[queue[0]] > bound:
                queue.popleft()
        if attacker[highest[0]] - attacker[lowest[0]] > gap:
            pair = highest[0], lowest[0]
            gap = attacker[pair[0]] - attacker[pair[1]]
    return pair


def _append(queue: deque, member: int, scores) -> None:
    """Appends a member after dropping the members that it outranks from now on."""
    while queue and scores[queue[-1]] < scores[member]:
        queue.pop()
    queue.append(member)
