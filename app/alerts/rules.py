"""When an alert that nobody handles is told to somebody else: data and pure functions.

The steps are a default of this programme, for the district to confirm: no public rule gives the
minutes. Danger and severe run by the clock, at any hour; the quiet ones by working time, with
eight working hours to the day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from app.alerts.models import AlertState, Recipient
from app.core.severity import Severity

VERSION = "2026-11"
HOUR = 60
WORKING_DAY = 8 * HOUR
# What runs by the clock is never silent: after the last step it is told again every day.
AGAIN_MIN = 24 * HOUR
# So long a mistaken "handled" may be taken back; after that the alert is closed for good.
TAKE_BACK_DAYS = 7

# Adds working minutes to an instant.
AddWorkingMinutes = Callable[[datetime, int], datetime]


@dataclass(frozen=True)
class Step:
    """After so many minutes (working minutes for the quiet kinds) tell `to`.

    `unseen`: only where nobody has looked yet; otherwise where nobody has acted.
    """

    after_min: int
    to: Recipient
    unseen: bool = True


class Due(NamedTuple):
    """The next step of an alert: which one in its ladder, when, and whom to tell."""

    step: int
    at: datetime
    to: Recipient


_ON_CALL, _OWN, _PARENT = Recipient.ON_CALL, Recipient.SUPERVISORS, Recipient.PARENT_SUPERVISORS
LADDERS: Mapping[Severity, tuple[Step, ...]] = {
    Severity.SEVERE: (
        Step(15, _ON_CALL),
        Step(30, _OWN),
        Step(HOUR, _PARENT),
        Step(2 * HOUR, _OWN, unseen=False),
        Step(4 * HOUR, _PARENT, unseen=False),
    ),
    Severity.DANGER: (
        Step(30, _ON_CALL),
        Step(2 * HOUR, _OWN),
        Step(8 * HOUR, _PARENT),
        Step(24 * HOUR, _OWN, unseen=False),
        Step(48 * HOUR, _PARENT, unseen=False),
    ),
    Severity.WARNING: (
        Step(WORKING_DAY, _OWN),
        Step(3 * WORKING_DAY, _OWN, unseen=False),
    ),
    Severity.NOTICE: (
        Step(3 * WORKING_DAY, _OWN),
        Step(5 * WORKING_DAY, _OWN, unseen=False),
    ),
}


def next_step(
    severity: Severity,
    state: AlertState,
    since: datetime,
    taken: int,
    add_working: AddWorkingMinutes,
) -> Due | None:
    """Find the first step not taken yet that this state still needs; None when none is left.

    `since` is when the alert was raised (or reopened), `taken` how many steps lie behind it.
    """
    if state not in {AlertState.OPEN, AlertState.SEEN}:
        return None
    ladder = LADDERS[severity]
    for number, step in enumerate(ladder[taken:], start=taken):
        if state is AlertState.OPEN or not step.unseen:
            return Due(number, _instant(severity, since, step.after_min, add_working), step.to)
    if not severity.by_the_clock:
        return None
    number = max(taken, len(ladder))
    later_min = ladder[-1].after_min + (number - len(ladder) + 1) * AGAIN_MIN
    return Due(number, since + timedelta(minutes=later_min), ladder[-1].to)


def _instant(
    severity: Severity, since: datetime, after_min: int, add_working: AddWorkingMinutes
) -> datetime:
    if severity.by_the_clock:
        return since + timedelta(minutes=after_min)
    return add_working(since, after_min)
