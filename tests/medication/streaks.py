"""The rule of misses in a row, said plainly in Python: what the SQL must equal."""

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import TypeVar

from app.medication import rules
from app.medication.models import Expectation
from app.medication.rules import DoseFacts, DoseState

D = TypeVar("D", bound=DoseFacts)


def is_missed(dose: DoseFacts, at: datetime) -> bool:
    return rules.state_of(dose, at) is DoseState.MISSED


def streak_of(doses: Iterable[D], at: datetime) -> list[D]:
    """Take the newest misses in a row (doses come newest first; held ones do not break it)."""
    expected = (d for d in doses if d.expectation is Expectation.EXPECTED)
    return list(takewhile(lambda d: is_missed(d, at), expected))
