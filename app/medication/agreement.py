"""Agreement of two blind readings: share agreed and Cohen's kappa."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Agreement:
    """`kappa` is None where chance alone would agree fully, or nothing was read twice."""

    pairs: int
    agreed: float | None
    kappa: float | None


def agreement_of(pairs: Mapping[tuple[str, str], int]) -> Agreement:
    """How often each pair of a first and a second verdict was found."""
    n = sum(pairs.values())
    if n == 0:
        return Agreement(0, None, None)
    agreed = sum(count for (first, second), count in pairs.items() if first == second) / n
    firsts, seconds = Counter[str](), Counter[str]()
    for (first, second), count in pairs.items():
        firsts[first] += count
        seconds[second] += count
    by_chance = sum(firsts[v] * seconds[v] for v in firsts) / (n * n)
    kappa = None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
    return Agreement(n, agreed, kappa)
