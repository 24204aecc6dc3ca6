"""gMAD: two scorers search for each other's mistakes among unlabeled images.

One scorer defends, the other attacks: among images that the defender scores about
equally, the attacker picks the best and the worst. Then they swap roles. A scorer wins
if its "equal" pairs look equal to people; `figures.gmad` draws the pairs for them.
Reference: Ma et al., "Group maximum differentiation competition: model comparison with
few samples", TPAMI 2020.
"""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from tfiqa import metrics

LEVELS = 6


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
    """

    level: int
    best: int
    worst: int
    defended: tuple[float, float]
    attacked: tuple[float, float]
    gap: float


@dataclasses.dataclass(frozen=True)
class Competition:
    """Pairs of both roles, from the worst level to the best.

    Attributes:
        first_defends: Pairs that the first scorer calls equal and the second does not.
        second_defends: Pairs with the roles swapped.
        scored: Number of images with both scores.
        missing: Number of images without both scores, which are left out.
    """

    first_defends: tuple[Pair, ...]
    second_defends: tuple[Pair, ...]
    scored: int
    missing: int


def gmad(first: ArrayLike, second: ArrayLike, *, levels: int = LEVELS) -> Competition:
    """Returns the pairs that two scorers choose against each other.

    Args:
        first: Scores of the first scorer, `(n,)`, higher is better, NaN where missing.
        second: Scores of the second scorer on the same images, in any unit.
        levels: Number of levels of equal size into which the pool is divided.

    Raises:
        ValueError: If there are fewer than two images per level.
    """
    (a, b), kept, missing = metrics.complete(first=first, second=second)
    if levels < 1 or len(a) < 2 * levels:
        raise ValueError(
            "At least two images per level, and at least one level, are expected. "
            f"Received: {len(a)} scored by both, levels={levels}"
        )
    rows = np.flatnonzero(kept)
    return Competition(
        first_defends=_pairs(a, b, rows, levels),
        second_defends=_pairs(b, a, rows, levels),
        scored=len(a),
        missing=missing,
    )


def _pairs(defender, attacker, rows, levels) -> tuple[Pair, ...]:
    deviation = float(np.std(attacker))
    pairs = []
    order = np.argsort(defender, kind="stable")
    for level, members in enumerate(np.array_split(order, levels)):
        members = np.sort(members)  # Among equals, the first one in the pool wins.
        best = members[np.argmax(attacker[members])]
        worst = members[np.argmin(attacker[members])]
        difference = float(attacker[best] - attacker[worst])
        pair = Pair(
            level=level,
            best=int(rows[best]),
            worst=int(rows[worst]),
            defended=(float(defender[best]), float(defender[worst])),
            attacked=(float(attacker[best]), float(attacker[worst])),
            gap=difference / deviation if deviation else 0.0,
        )
        pairs.append(pair)
    return tuple(pairs)
