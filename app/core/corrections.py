"""Who may correct what was entered, decided or handled: one rule for every domain."""

from datetime import datetime, timedelta

OWN_FOR = timedelta(hours=24)


def may_correct(*, own: bool, supervises: bool, made_at: datetime, at: datetime) -> bool:
    """Let its author for a day, and a supervisor at any time."""
    return supervises or (own and at < made_at + OWN_FOR)
