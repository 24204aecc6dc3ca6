"""gMAD: two scorers look for each other's mistakes among pictures without labels.

One defends, the other attacks: among pictures that the defender calls about equal, the
attacker picks the best and the worst. Then they change roles. Whoever's equal pairs
look equal has won; to tell that takes eyes, and `figures.gmad` draws the pairs.

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
    """Two pictures that the defender calls equal and the attacker does not.

    Attributes:
        level: Of the defender's scores, from 0, the worst.
        best: Row of the picture that the attacker likes most.
        worst: Row of the one it likes least.
        defended: Scores of the defender, of best and worst.
        attacked: Scores of the attacker, of best and worst.
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
        first_defends: The first scorer calls these equal, the second does not.
        second_defends: The other way round.
        scored: Pictures with both scores.
        missing: Pictures without one, which are left out.
    """

    first_defends: tuple[Pair, ...]
    second_defends: tuple[Pair, ...]
    scored: int
    missing: int


def gmad(first: ArrayLike, second: ArrayLike, *, levels: int = LEVELS) -> Competition:
    """Returns the pairs that two scorers find against each other.

    Args:
        first: Scores of the first scorer, `(n,)`, higher is better, NaN where there is
            none.
        second: Scores of the second scorer on the same pictures, in any unit.
        levels: Into how many of equal count the pool is cut; 6 or any other number.

    Raises:
        ValueError: If there are fewer than two pictures a level.
    """
    (a, b), kept, missing = metrics.complete(first=first, second=second)
    if levels < 1 or len(a) < 2 * levels:
        raise ValueError(
            "Two pictures or more for each of 1 or more levels are expected. "
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
        members = np.sort(members)  # Of equals, the first one of the pool.
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
