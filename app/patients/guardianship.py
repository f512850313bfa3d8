"""Whose consent counts: below 14 the guardian's (Personal Information Protection Law, art. 31)."""

from datetime import date

from app.core.filters import years_between
from app.patients.models import BirthPrecision

CONSENT_AGE = 14


def needs_guardian(
    birth_on: date, on: date, precision: BirthPrecision = BirthPrecision.DAY
) -> bool:
    """Whether a guardian consents and acts on that day; from the 14th birthday the patient does.

    Who may be a child still, as the day is not known, counts as one.
    """
    latest = birth_on if precision is BirthPrecision.DAY else birth_on.replace(month=12, day=31)
    return years_between(latest, on) < CONSENT_AGE
