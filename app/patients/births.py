"""Births as far as they are known: two may be the same where one of them is known by year only."""

from datetime import date
from typing import Protocol

from app.patients.models import BirthPrecision


class Born(Protocol):
    """A record, or what is about to become one."""

    @property
    def birth_on(self) -> date: ...
    @property
    def birth_precision(self) -> BirthPrecision: ...


def same_birth(one: Born, other: Born) -> bool:
    """Compare the day, or the year where that is all that is known of either."""
    if BirthPrecision.YEAR in {one.birth_precision, other.birth_precision}:
        return one.birth_on.year == other.birth_on.year
    return one.birth_on == other.birth_on
