"""Whose consent counts: below 14 the guardian's (Personal Information Protection Law, art. 31)."""

from datetime import date

from app.core.filters import years_between

CONSENT_AGE = 14


def needs_guardian(birth_on: date, on: date) -> bool:
    """Whether a guardian consents and acts on that day; from the 14th birthday the patient does."""
    return years_between(birth_on, on) < CONSENT_AGE
