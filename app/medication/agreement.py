"""Agreement of two blind readings: share agreed and Cohen's kappa."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """`kappa` is None where chance alone would agree fully, or nothing was read twice."""

    pairs: int
    agreed: float | None
    kappa: float | None


def agreement_of(pairs: Sequence[tuple[str, str]]) -> Agreement:
    n = len(pairs)
    if n == 0:
        return Agreement(0, None, None)
    agreed = sum(a == b for a, b in pairs) / n
    firsts, seconds = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    by_chance = sum(firsts[v] * seconds[v] for v in firsts) / (n * n)
    kappa = None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
    return Agreement(n, agreed, kappa)
