"""The rule of misses in a row, said plainly in Python: what the SQL must equal."""

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import TypeVar

from app.medication import rules
from app.medication.rules import DoseFacts, DoseState

D = TypeVar("D", bound=DoseFacts)


def is_missed(dose: DoseFacts, at: datetime) -> bool:
    return rules.state_of(dose, at) is DoseState.MISSED


def streak_of(doses: Iterable[D], at: datetime) -> list[D]:
    """Take the newest misses in a row (doses come newest first).

    Passed over: what the plan let go and nobody took, and a film that may still arrive.
    """
    counted = (d for d in doses if rules.counts(d) and (rules.came(d) or is_missed(d, at)))
    return list(takewhile(lambda d: is_missed(d, at), counted))
