"""Seconds in steps that can be added up: medians of many teams without every film.

A step is 15 % wide and values are taken as spread evenly inside it, so a median read from the
counts is at most 15 % off, a few per cent as a rule.
"""

from collections.abc import Sequence
from math import log
from typing import Any

from sqlalchemy import ColumnElement, SmallInteger, cast, func

GROWTH = 1.15
STEPS = 64  # the last one begins at almost two hours


def step_of(seconds: ColumnElement[Any]) -> ColumnElement[int]:
    """Give the number of the step in SQL; the first and the last take what lies beyond."""
    step = func.floor(func.ln(func.greatest(seconds, 1.0)) / log(GROWTH))
    return cast(func.least(step, STEPS - 1), SmallInteger)


def percentile(counts: Sequence[int], share: float) -> float | None:
    """Take the value that this share of all does not pass; None of nothing."""
    wanted = share * sum(counts)
    below = 0
    for step, count in enumerate(counts):
        if count and below + count >= wanted:
            inside = (wanted - below) / count
            return round(float(GROWTH ** (step + inside)), 1)
        below += count
    return None
